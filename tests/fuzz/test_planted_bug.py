"""Goal: a bug in a target is found and its input kept. Method: a target with a bug, from inputs that miss it.

With libFuzzer the run must fail and name an input that begins with the word; without, the replay must pass
over the harmless input, fail on the one with the bug, and fail where a corpus is not there.
"""

import pathlib
import subprocess
import sys
import tempfile


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def expect(holds, what, output=""):
    if not holds:
        sys.exit(f"{what}\n{output}")


def check_fuzzer(program, folder):
    driver = pathlib.Path(__file__).with_name("fuzz.py")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "harmless").write_bytes(b"bu")
    found = folder / "found"
    status, output = run(
        sys.executable, "-B", driver, program, "--corpus", folder / "corpus", "--found", found
    )
    expect(status == 1, f"the run ended with {status}", output)
    kept = list(folder.glob("found.crash-*"))
    expect(len(kept) == 1 and kept[0].read_bytes().startswith(b"bug"), f"kept {kept}", output)
    expect(str(kept[0]) in output, "the kept input is not named", output)


def check_replay(program, folder):
    (folder / "harmless").write_bytes(b"bu")
    expect(run(program, folder)[0] == 0, "the harmless input fails")
    (folder / "with_bug").write_bytes(b"bug")
    status, output = run(program, folder)
    expect(status != 0 and "heap-buffer-overflow" in output, f"the replay ended with {status}", output)
    status, output = run(program, folder / "absent")
    expect(status == 1 and "no such folder" in output, "a corpus that is not there is not noticed", output)


def main():
    program, kind = pathlib.Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        check = check_fuzzer if kind == "fuzz" else check_replay
        check(program, pathlib.Path(folder))


if __name__ == "__main__":
    main()
