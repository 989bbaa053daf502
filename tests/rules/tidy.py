"""Runs clang-tidy over the sources of a configured build, several at a time; exit 1 on any finding.

Tests are left out: they prove themselves by running, and reading their headers takes as long as all the
rest. A unity build's file is looked at as one, which takes a quarter of the time of its sources. It is looked
at again only when one of them, one of the project's headers or the list of checks has changed.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import time

from tree import Tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = "clang-tidy-15"
FOLDERS = ("sdk", "cluster", "journal", "host", "plugins")
# Flags that g++ knows and clang does not.
EXTRA = [
    "--extra-arg=-Wno-unknown-warning-option",
    "--extra-arg=-Wno-unused-command-line-argument",
    "--quiet",
]


def clang_commands(build):
    """A folder with the build's commands as clang takes them: it stops at a flag that only g++ knows."""
    text = (build / "compile_commands.json").read_text(encoding="utf-8")
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(text.replace(" -fno-gnu-unique", ""), encoding="utf-8")
    return folder


def units(build):
    """What the build compiles of the project's own .cpp files: a file, and the sources that stand for it."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    files = sorted({pathlib.Path(command["file"]).resolve() for command in commands})
    found = {path: [source for source in sources_of(path) if is_own(source)] for path in files}
    return {path: sources for path, sources in found.items() if sources}


def sources_of(path):
    if path.suffix != ".cxx":
        return [path]
    included = re.findall(r'^#include "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    return [pathlib.Path(name).resolve() for name in included]


def is_own(path):
    if path.suffix != ".cpp" or not path.is_relative_to(ROOT):
        return False
    return path.relative_to(ROOT).parts[0] in FOLDERS


def shared_digest():
    """Of everything that can change what clang-tidy says of any source."""
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for path, text in sorted(Tree.read(ROOT).ending(".hpp", ".h").items()):
        digest.update(path.encode() + text.encode())
    return digest.hexdigest()


def look_at(path, sources, commands, shared):
    """(path, seconds, findings); no findings is an empty text."""
    digest = hashlib.sha256(shared.encode() + str(path).encode())
    for source in sources:
        digest.update(str(source).encode() + source.read_bytes())
    stamp = commands / digest.hexdigest()
    if stamp.exists():
        return path, 0.0, ""
    start = time.monotonic()
    done = subprocess.run([TOOL, "-p", str(commands), *EXTRA, str(path)], capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode == 0:
        stamp.touch()
        return path, seconds, ""
    return path, seconds, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--times", action="store_true", help="print how long each source took")
    parser.add_argument("only", nargs="*", help="parts of paths to look at; all where none is given")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    commands = clang_commands(build)
    wanted = {
        path: sources
        for path, sources in units(build).items()
        if not arguments.only or any(part in str(source) for part in arguments.only for source in sources)
    }
    shared = shared_digest()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        looks = pool.map(lambda unit: look_at(*unit, commands, shared), wanted.items())
        for path, seconds, findings in looks:
            if findings:
                failed += 1
                print(findings.strip())
            if arguments.times and seconds:
                print(f"{seconds:6.1f} s  {path.relative_to(build.parent)}", flush=True)
    count = len({source for sources in wanted.values() for source in sources})
    print(f"clang-tidy: {count} sources in {len(wanted)} files, {failed} of them with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
