"""Holds that the planted bugs are in the simulator and not in what users run.

    no_bugs_in.py BUGS.CPP COUNT SIMULATOR SHOAL
"""

import pathlib
import re
import sys


def main():
    count = int(sys.argv[2])
    source, simulator, shoal = (pathlib.Path(path) for path in (sys.argv[1], *sys.argv[3:]))
    names = re.search(r"names = \{(.*?)\};", source.read_text(encoding="utf-8"), re.S).group(1)
    bugs = [name for name in re.findall(r'"(\w+)"', names) if name != "none"]
    assert len(bugs) >= count, f"{source} names {len(bugs)} bugs, not {count}"
    missing = [bug for bug in bugs if bug.encode() not in simulator.read_bytes()]
    assert not missing, f"{simulator} does not have {missing}: this test cannot tell"
    found = [bug for bug in bugs if bug.encode() in shoal.read_bytes()]
    assert not found, f"{shoal} has {found}: nothing of tests/sim may be linked into it"
    assert b"shoal::sim" not in shoal.read_bytes() and b"5shoal3sim" not in shoal.read_bytes()
    print(f"{len(bugs)} bugs, none of them in {shoal.name}")


if __name__ == "__main__":
    main()
