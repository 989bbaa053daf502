"""How long things may be: lines, functions, files. A folder's README lists what is longer, and why."""

import ast
import re

from tree import CPP_ENDINGS, Violation, blanked

LINE_COLUMNS_MAX = 110
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

MEASURED = CPP_ENDINGS + (".py", ".cmake", "CMakeLists.txt", ".sh", "dev", ".ci/run")
NOT_A_FUNCTION = re.compile(
    r"^\s*(namespace|class|struct|union|enum|extern|if|for|while|switch|do|else|try|catch)\b"
)


def listed(tree, path):
    """Names that the README of the file's folder lists under `## Sizes`."""
    folder = path.rsplit("/", 1)[0] if "/" in path else ""
    readme = tree.files.get(f"{folder}/README.md" if folder else "README.md", "")
    section = re.search(r"^## Sizes\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    return re.findall(r"^- `([^`]+)`: \S", section.group(1), re.M) if section else []


def cpp_functions(text):
    """(first line, last line) of each outermost block that is a function's body, declaration included."""
    code = re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
        lambda match: re.sub(r"[^\n]", " ", match.group()),
        blanked(text),
        flags=re.M,
    )
    found, start, inside, opened = [], 0, [], None
    for position, character in enumerate(code):
        if character in ";{}":
            if character == "{":
                head = code[start:position]
                is_function = opened is None and looks_like_function(head)
                if is_function:
                    opened = len(inside)
                    first = start + len(head) - len(head.lstrip())
                inside.append(position)
            elif character == "}" and inside:
                inside.pop()
                if opened == len(inside):
                    found.append((code.count("\n", 0, first) + 1, code.count("\n", 0, position) + 1))
                    opened = None
            start = position + 1
    return found


def looks_like_function(head):
    """Whether what stands before a `{` declares a function."""
    if "(" not in head or NOT_A_FUNCTION.match(re.sub(r"\b(public|private|protected)\s*:", "", head)):
        return False
    before = head[: head.index("(")]
    return "=" not in before or "operator" in before


def python_functions(text):
    nodes = ast.walk(ast.parse(text))
    return [(n.lineno, n.end_lineno) for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def functions(path, text):
    if path.endswith(CPP_ENDINGS):
        return cpp_functions(text)
    return python_functions(text) if path.endswith(".py") else []


def check(tree):
    found = []
    for path, text in tree.ending(*MEASURED).items():
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                found.append(Violation("line-length", path, number, f"{len(line)} columns"))
        if path.rsplit("/", 1)[-1] in listed(tree, path):
            continue
        if len(lines) > FILE_LINES_MAX:
            found.append(
                Violation("file-size", path, 1, f"{len(lines)} lines; a reason is due in the folder's README")
            )
        for first, last in functions(path, text):
            if last - first + 1 > FUNCTION_LINES_MAX:
                found.append(
                    Violation("function-size", path, first, f"a function of {last - first + 1} lines")
                )
    return found
