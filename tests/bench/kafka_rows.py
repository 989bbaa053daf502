"""The Kafka rows: the host on a real broker, each figure beside its floor of the same run.

What a run is and how it is measured stands in kafka_runs.py, kafka_latency.py and overload_rows.py; here is
which runs there are and what becomes of them.
"""

import os
import statistics
import sys

import kafka_latency
import overload_rows
from kafka_runs import Runs
from rows import row

KEYS = 10_000
MANY_KEYS = 5_000_000
COMMAND = "./dev bench kafka"


class Sizes:
    """Records of each topic. The steady part begins at the first quarter, or once every key was seen."""

    def __init__(self, long):
        self.runs = 9 if long else 5
        self.counted = 16_000_000 if long else 8_000_000
        self.copied = 4_000_000 if long else 1_500_000
        self.many = MANY_KEYS + self.counted // 2


def medians(figures):
    return {name: statistics.median(values) for name, values in figures.items()}


def measure_in_turn(runs, title, count):
    """{name: figures} of {name: run}, in turn, so that a machine that grows slower does so for all."""
    figures = {name: [] for name in runs}
    for number in range(count):
        for name, run in runs.items():
            figures[name].append(run())
        latest = {name: round(values[-1]) for name, values in figures.items()}
        print(f"{title}: run {number + 1} of {count}: {latest}", file=sys.stderr)
    return figures


def count_rows(runs, sizes):
    print(f"filling two topics with {sizes.counted:,} and {sizes.many:,} records", file=sys.stderr)
    runs.fill("counted", sizes.counted, KEYS)
    runs.fill("many", sizes.many, MANY_KEYS)
    counted = ("counted", sizes.counted, sizes.counted // 4)
    many = ("many", sizes.many, MANY_KEYS)
    runs.raw_count(*counted)  # brings the log into the page cache
    found = medians(
        measure_in_turn(
            {
                "raw": lambda: runs.raw_count(*counted),
                "lanes 1": lambda: runs.count(*counted, lanes=1),
                "lanes 2": lambda: runs.count(*counted, lanes=2),
                "glibc": lambda: runs.count(*counted, lanes=2, binary="bench_shoal_glibc"),
                "many keys": lambda: runs.count(*many, lanes=2),
                "state 1": lambda: runs.count(*counted, lanes=1, durability="state"),
                "state 2": lambda: runs.count(*counted, lanes=2, durability="state"),
            },
            "count",
            sizes.runs,
        )
    )
    rate = "records/s"
    return [
        row("kafka_count_1", rate, [(found["lanes 1"], found["raw"])], COMMAND),
        row("kafka_count_2", rate, [(found["lanes 2"], found["raw"])], COMMAND),
        row("kafka_allocator", rate, [(found["lanes 2"], found["glibc"])], COMMAND),
        row("many_keys", rate, [(found["many keys"], found["lanes 2"])], COMMAND),
        row("kafka_state", rate, [(found[f"state {n}"], found[f"lanes {n}"]) for n in (1, 2)], COMMAND),
    ]


def transform_row(runs, sizes):
    runs.fill("copied", sizes.copied, KEYS)
    copied = ("copied", sizes.copied, sizes.copied // 4)
    found = medians(
        measure_in_turn(
            {
                "raw": lambda: runs.raw_transform(*copied),
                "lanes 1": lambda: runs.transform(*copied, lanes=1),
                "lanes 2": lambda: runs.transform(*copied, lanes=2),
            },
            "transform",
            sizes.runs,
        )
    )
    variants = [(found[name], found["raw"]) for name in ("lanes 1", "lanes 2")]
    return row("kafka_transform", "records/s", variants, COMMAND)


def measure(build, long):
    os.environ["SHOAL_BINARY"] = str(build / "shoal")
    from broker import Broker

    sizes = Sizes(long)
    # Nothing is on its way to the disk from an earlier row: the file of a deleted topic goes at once.
    with Broker({"log.segment.bytes": 1 << 30, "log.segment.delete.delay.ms": 0}) as broker:
        runs = Runs(build, broker.bootstrap)
        rows = count_rows(runs, sizes)
        rows.append(transform_row(runs, sizes))
        peak = next(one["value"] for one in rows if one["id"] == "kafka_count_2")
        latency = kafka_latency.runs_of(runs, int(peak / 10), KEYS)
        found = medians(measure_in_turn(latency, "latency", sizes.runs))
        variants = [(found["host"], found["raw"])]
        rows.append(row("kafka_latency_us", "us p99", variants, COMMAND, more_is_better=False))
        return rows + overload_rows.measure(build, broker.bootstrap, long)
