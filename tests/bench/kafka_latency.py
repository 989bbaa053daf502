"""Runs of kafka_latency_us: from handing a record to a producer until its turn is done, at a steady rate.

The producer writes the steady clock into the record. The entity, or the raw consumer of the floor, takes the
difference; what comes in the first moment is left out.
"""

import subprocess

from kafka_runs import PARTITIONS

TOPIC = "timed"
WARM_MS = 1_500
MEASURED_MS = 4_000
SENT_MS = WARM_MS + MEASURED_MS + 1_000  # longer than whoever measures looks


def producer(runs, rate, keys):
    command = [str(runs.build / "bench_paced_producer"), runs.bootstrap, TOPIC]
    return subprocess.Popen([*command, str(rate), str(SENT_MS), str(keys)])


def finish(process):
    assert process.wait(60) == 0, process.args


def raw_us(runs, rate, keys):
    command = [str(runs.build / "bench_raw_latency"), runs.bootstrap, TOPIC, str(PARTITIONS)]
    command += [str(WARM_MS), str(MEASURED_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "ready\n"
        sender = producer(runs, rate, keys)
        figure = float(reader.stdout.readline())
    finish(sender)
    return figure


def host_us(runs, rate, keys):
    with runs.host("timed", TOPIC, lanes=2, start="latest") as host:
        host.start_ready()

        def summary():
            code, found = host.ask("timed", "looked-at", "get")
            assert code == 200, found
            return found

        def records_reach(wanted):
            host.wait(lambda: summary()["records"] >= wanted, f"{wanted} records", 60, every=0.05)

        sender = producer(runs, rate, keys)
        records_reach(rate * WARM_MS // 1_000)
        host.ask("timed", "looked-at", "reset")
        records_reach(rate * MEASURED_MS // 1_000)
        figure = summary()["p99_us"]
        finish(sender)
        host.wait(lambda: host.source()["lag"] == 0, "everything is committed")
        assert host.stop() == 0, host.log()
    return figure


def runs_of(runs, rate, keys):
    """{name: run} for the figure and its floor."""
    runs.topics.create(runs.bootstrap, {TOPIC: PARTITIONS})
    return {"raw": lambda: raw_us(runs, rate, keys), "host": lambda: host_us(runs, rate, keys)}
