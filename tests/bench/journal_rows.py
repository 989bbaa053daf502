"""The rows of the journal: the file log itself, and durable entities over it.

Each run is a process of its own in a directory of its own below the build folder, which is on a disk, with
figure and floor one after the other.
"""

import statistics
import subprocess
import sys
import tempfile

from rows import row

COMMAND = "./dev bench journal"
ROWS = (
    # id, unit, whether more is better, the run of bench_journal, which of its figures is the floor
    ("append", "events/s", True, "append", 1),
    ("append_rocksdb", "events/s", True, "append", 2),
    ("persist_ask", "us p50", False, "persist_ask", 1),
    ("persist_asks", "asks/s", True, "persist_asks", None),
    ("replay", "events/s", True, "replay", None),
    ("takeover_ms", "ms", False, "takeover", None),
)


def run(build, name, events):
    """[figure, floors…]."""
    program, module = build / "bench_journal", build / "modules" / "local_bench.so"
    with tempfile.TemporaryDirectory(dir=build) as directory:
        command = [str(program), str(module), directory, name, str(events)]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(word) for word in output.split()]


def median(figures, floor):
    """(value, floor); the floor None where there is none."""
    value = statistics.median(figure[0] for figure in figures)
    return value, None if floor is None else statistics.median(figure[floor] for figure in figures)


def measure(build, long):
    runs = 9 if long else 5
    events = {"append": 10_000_000 if long else 2_000_000, "replay": 10_000_000 if long else 2_000_000}
    found = {name: [] for _, _, _, name, _ in ROWS}
    for number in range(runs):
        # In turn, so that a machine that grows slower or faster does so for all.
        for name, figures in found.items():
            figures.append(run(build, name, events.get(name, 0)))
            print(f"run {number + 1} of {runs}: {name}: {figures[-1]}", file=sys.stderr)
    return [
        row(identity, unit, [median(found[name], floor)], COMMAND, more_is_better)
        for identity, unit, more_is_better, name, floor in ROWS
    ]
