"""The local rows: lanes, entities and the host itself, without Kafka.

Each run is a process of its own, with figure and floor one after the other.
"""

import os
import statistics
import subprocess
import sys
import time

from rows import row

ROWS = (
    # id, unit, whether more is better, runs of bench_local that are its variants, which line of their output
    ("tell_local", "messages/s", True, (("tell", "1"), ("tell", "2")), 0),
    ("ask_local", "us p50", False, (("ask", "0"),), 0),
    ("ask_local_spin", "us p50", False, (("ask", "50"),), 0),
    ("asks_local", "asks/s", True, (("asks",),), 0),
    ("ask_same_lane_us", "us p50", False, (("ask_same",),), 0),
    ("activate", "entities/s", True, (("activate",),), 0),
    ("idle_entity_bytes", "bytes", False, (("activate",),), 1),
    ("start_ms", "ms", False, (("start",),), 0),
    ("idle_rss_mb", "MB", False, (("start",),), 1),
)


def lanes_run(build, arguments):
    """What bench_local prints: a list of [figure, floor] or [figure]."""
    command = [str(build / "bench_local"), str(build / "modules" / "local_bench.so"), *arguments]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [[float(word) for word in line.split()] for line in text.splitlines()]


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def start_run(build):
    """Milliseconds from exec to ready beside those of a process that only says its version; resident MB."""
    import shoal_host

    begin = time.perf_counter()
    subprocess.run([str(build / "shoal"), "--version"], check=True, capture_output=True)
    floor = time.perf_counter() - begin
    with shoal_host.Host({}, lanes=2) as host:
        begin = time.perf_counter()
        host.start()
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host is ready", 30, every=0.0005)
        ready = time.perf_counter() - begin
        memory = resident_mb(host.process.pid)
        assert host.stop() == 0, host.log()
    return [[ready * 1e3, floor * 1e3], [memory]]


def medians(figures):
    """(value, floor) of the runs of one variant; the floor None where there is none."""
    value = statistics.median(figure[0] for figure in figures)
    return value, None if len(figures[0]) == 1 else statistics.median(figure[1] for figure in figures)


def measure(build, long):
    os.environ["SHOAL_BINARY"] = str(build / "shoal")
    runs = 9 if long else 5
    variants = list(dict.fromkeys(variant for row in ROWS for variant in row[3]))
    outputs = {variant: [] for variant in variants}
    for run in range(runs):
        # In turn, so that a machine that grows slower or faster does so for all.
        for variant in variants:
            output = start_run(build) if variant == ("start",) else lanes_run(build, variant)
            outputs[variant].append(output)
            print(f"run {run + 1} of {runs}: {' '.join(variant)}: {output}", file=sys.stderr)
    return [
        row(
            name,
            unit,
            [medians([run[line] for run in outputs[variant]]) for variant in of_row],
            "./dev bench local",
            more_is_better,
        )
        for name, unit, more_is_better, of_row, line in ROWS
    ]
