"""A README.md in every folder that holds a concept: the top folders and the ones directly below them."""

from tree import Violation

DEPTH_MAX = 2
# The README of sdk/ tells of its parts; .ci has one script.
TOLD_ABOVE = ("sdk/base", "sdk/cmake", "sdk/include", ".ci")


def check(tree):
    found = []
    for folder in tree.folders():
        if folder.count("/") >= DEPTH_MAX or folder in TOLD_ABOVE:
            continue
        if f"{folder}/README.md" not in tree.files:
            found.append(Violation("readme", folder, 1, "the folder has no README.md"))
    return found
