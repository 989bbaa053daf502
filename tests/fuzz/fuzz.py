"""Runs one target of preset fuzz over its corpus and then over what libFuzzer makes of it.

5 seconds, 60 with SHOAL_TEST_LONG=1. Exit 1 where an input is found that the target does not stand; that
input is kept and named. New inputs that reach more code stay in --found, where the next run begins.
"""

import argparse
import base64
import os
import pathlib
import subprocess
import sys

SECONDS, SECONDS_LONG = 5, 60
# No input of a few KiB is a reason to work for seconds or to allocate so much.
INPUT_SECONDS_MAX = 10
ALLOCATION_MIB_MAX = 64


def command(arguments):
    seconds = SECONDS_LONG if os.environ.get("SHOAL_TEST_LONG") == "1" else SECONDS
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_SECONDS_MAX}",
        f"-malloc_limit_mb={ALLOCATION_MIB_MAX}",
        f"-artifact_prefix={arguments.found}.",
        "-print_final_stats=1",
    ]
    if arguments.dictionary:
        options.append(f"-dict={arguments.dictionary}")
    folders = [str(arguments.found)] + ([str(arguments.corpus)] if arguments.corpus else [])
    return [str(arguments.program), *options, *folders]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path, help="the kept inputs; nothing is written there")
    parser.add_argument("--found", type=pathlib.Path, required=True, help="where new inputs go")
    parser.add_argument("--dictionary", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.corpus and not any(arguments.corpus.iterdir()):
        print(f"fuzz: {arguments.corpus} is empty: keep at least one input there")
        return 1
    arguments.found.mkdir(parents=True, exist_ok=True)
    status = subprocess.run(command(arguments)).returncode
    if status == 0:
        return 0
    kept = sorted(arguments.found.parent.glob(arguments.found.name + ".*"))
    for path in kept:
        print(f"fuzz: {path}: run {arguments.program.name} on it, mend what it shows, keep it in the corpus")
        print(f"fuzz: the input in Base64: {base64.b64encode(path.read_bytes()).decode()}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
