"""Checks the project's own rules over the whole tree and prints every violation; exit 1 on any."""

import argparse
import pathlib
import sys

import folders
import headers
import layers
import sizes
import words
from tree import Tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = {"layers": layers.check, "sizes": sizes.check, "words": words.check, "folders": folders.check}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rule", choices=[*RULES, "headers"])
    parser.add_argument("--build", help="a configured build folder (for headers)")
    arguments = parser.parse_args()
    tree = Tree.read(ROOT)
    if arguments.rule == "headers":
        found = headers.check(tree, ROOT, arguments.build, pathlib.Path(arguments.build) / "headers-alone")
    else:
        found = RULES[arguments.rule](tree)
    for violation in found:
        print(violation)
    print(f"{arguments.rule}: {len(tree.files)} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
