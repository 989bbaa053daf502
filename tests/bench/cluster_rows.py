"""The rows of the cluster: the simulator, in virtual time, and how fast it is itself; the transport beside
raw ZeroMQ; real hosts that form a cluster and lose one.
"""

import json
import statistics
import subprocess
import sys

import cluster_process_rows
from rows import row

COMMAND = "./dev bench cluster"

# id, unit, whether more is better, the run of bench_transport, how often
TRANSPORT_ROWS = (
    ("transport_one_way", "messages/s", True, ("one_way", "64"), 5),
    ("transport_round_trip_us", "us p50", False, ("round_trip",), 5),
    ("hostile_p99", "us p99", False, ("hostile",), 5),
)

# Where more is better. Whatever else there is: messages, bytes, times, wrong verdicts.
MORE_IS_BETTER = ("sim_speed", "sim_lifeguard_ratio")


def simulated(build, long):
    """What sim_report prints: an object of each figure."""
    command = [str(build / "sim_report"), *(["--long"] if long else [])]
    figures = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", file=sys.stderr)
            figures.append(json.loads(line))
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return figures


def simulated_rows(build, long):
    rows = []
    for figure in simulated(build, long):
        more_is_better = figure["id"] in MORE_IS_BETTER
        rows.append(row(figure["id"], figure["unit"], [(figure["value"], None)], COMMAND, more_is_better))
    return rows


def transport_row(build, name, unit, more_is_better, run, count):
    """The median of some runs, beside that of their floors."""
    outputs = []
    for _ in range(count):
        text = subprocess.run(
            [str(build / "bench_transport"), *run], check=True, capture_output=True, text=True
        ).stdout
        outputs.append([float(word) for word in text.split()])
        print(f"{name}: {outputs[-1]}", file=sys.stderr)
    median = tuple(statistics.median(output[part] for output in outputs) for part in (0, 1))
    return row(name, unit, [median], COMMAND, more_is_better)


def measure(build, long):
    rows = simulated_rows(build, long)
    rows += [transport_row(build, *one) for one in TRANSPORT_ROWS]
    return rows + cluster_process_rows.measure(build, long)
