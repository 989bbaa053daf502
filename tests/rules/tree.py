"""The project's own files as a plain mapping: rules are functions of text, tests plant violations."""

import dataclasses
import pathlib
import re

OWN_FOLDERS = ("sdk", "cluster", "journal", "host", "plugins", "configs", "tests", ".ci")
# Inputs of fuzz targets are bytes that nobody wrote.
CORPUS = "tests/fuzz/corpus"
TOP_FILES = ("dev", "CMakeLists.txt", "README.md", "CHANGELOG.md")
CPP_ENDINGS = (".cpp", ".hpp", ".h", ".c")
TEXT_ENDINGS = CPP_ENDINGS + (".py", ".cmake", ".txt", ".md", ".toml", ".map", ".in", ".sh", ".json", ".xml")


@dataclasses.dataclass(frozen=True)
class Violation:
    rule: str
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Tree:
    """Paths relative to the project's root, with '/', and each file's text."""

    def __init__(self, files):
        self.files = dict(files)

    @classmethod
    def read(cls, root):
        root = pathlib.Path(root)
        candidates = [root / name for name in TOP_FILES]
        for folder in OWN_FOLDERS:
            candidates += sorted(
                path for path in (root / folder).rglob("*") if not path.is_relative_to(root / CORPUS)
            )
        files = {}
        for path in candidates:
            if path.is_file() and is_text(path) and "__pycache__" not in path.parts:
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
        return cls(files)

    def cpp(self):
        return self.ending(*CPP_ENDINGS)

    def ending(self, *endings):
        return {path: text for path, text in self.files.items() if path.endswith(endings)}

    def folders(self):
        """Every folder that holds a file, directly or below."""
        found = set()
        for path in self.files:
            parts = path.split("/")[:-1]
            found.update("/".join(parts[: depth + 1]) for depth in range(len(parts)))
        return sorted(found)


def is_text(path):
    return path.suffix in TEXT_ENDINGS or path.suffix == ""


def blanked(text):
    """C++ text with comments, strings and character literals turned into blanks; line breaks stay."""
    comment, raw, quoted = r"//[^\n]*|/\*.*?\*/", r'R"([^()\\ ]*)\(.*?\)\1"', r'"(?:\\.|[^"\\\n])*"'
    character = r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    pattern = re.compile(f"{comment}|{raw}|{quoted}|{character}", re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def lines_matching(text, pattern):
    """(line number, line) of each line in which the pattern is found."""
    compiled = re.compile(pattern)
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if compiled.search(line)]
