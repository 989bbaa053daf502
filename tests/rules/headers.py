"""Each header compiles alone: one object of one #include each, through ccache, several at a time.

A header that a source includes before all others has compiled alone with it, and is left out. That holds of
the release build, which takes the sources one by one and which the tests of preset dev begin with.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from tree import Violation

FOLDERS = ("sdk/", "cluster/", "journal/", "host/", "plugins/")
# What an #include of the project is relative to.
INCLUDED_FROM = ("", "sdk/base/", "sdk/include/", "sdk/testkit/")
FLAGS = ["-Wall", "-Wextra", "-Wno-unused", "-Werror", "-O0", "-g0"]


def include_flags(build):
    """Every include folder that the build uses, once, in its order."""
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text(encoding="utf-8"))
    found = []
    for command in commands:
        words = shlex.split(command["command"])
        for index, word in enumerate(words):
            flag = None
            if word == "-isystem":
                flag = ("-isystem", words[index + 1])
            elif word.startswith("-I") and len(word) > 2:
                flag = (word,)
            if flag and flag not in found:
                found.append(flag)
    return [word for flag in found for word in flag]


def languages(path):
    """A header of the ABI is C11 and C++20; every other one is C++20."""
    is_abi = path.startswith("sdk/include/shoal/abi/")
    return (
        (("c", "gcc", "-std=c11"), ("cpp", "g++", "-std=c++20"))
        if is_abi
        else (("cpp", "g++", "-std=c++20"),)
    )


def first_included(tree):
    """Headers that some source of the release build includes before all others."""
    found = set()
    for path, text in tree.ending(".cpp").items():
        first = re.search(r'^#include ["<](.*)[">]', text, re.MULTILINE)
        if first and path.startswith(FOLDERS) and not path.startswith("sdk/template/"):
            found.update(folder + first.group(1) for folder in INCLUDED_FROM)
    return found


def compile_alone(root, path, scratch, flags):
    found = []
    for ending, compiler, standard in languages(path):
        source = scratch / (path.replace("/", "__") + "." + ending)
        text = f'#include "{root / path}"\n'
        if not source.exists() or source.read_text(encoding="utf-8") != text:
            source.write_text(text, encoding="utf-8")
        launcher = ["ccache"] if shutil.which("ccache") else []
        command = [*launcher, compiler, standard, *FLAGS, *flags, "-c", str(source), "-o", str(source) + ".o"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=scratch)
        if done.returncode != 0:
            found.append(Violation("header-alone", path, 1, done.stderr.strip()[:2000]))
    return found


def check(tree, root, build, scratch):
    root, scratch = pathlib.Path(root).resolve(), pathlib.Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    flags = [f"-I{root}", *include_flags(build)]
    proved = first_included(tree)
    paths = [p for p in sorted(tree.ending(".hpp", ".h")) if p.startswith(FOLDERS) and p not in proved]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compile_alone(root, path, scratch, flags), paths)
        return [violation for result in results for violation in result]
