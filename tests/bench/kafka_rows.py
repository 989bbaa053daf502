"""The Kafka rows: records consumed from a real broker, counted by a module's entity, committed.

The floor is one thread that takes the same records from librdkafka and touches them (raw_consumer). Both are
measured from the first record to the last; for the host the last means finished, and the run counts only
when everything is committed in the end.
"""

import os
import statistics
import subprocess
import sys
import time

PARTITIONS = 8
KEYS = 10_000
TOPIC = "bench"


def floor(build, bootstrap, records):
    command = [str(build / "bench_raw_consumer"), bootstrap, TOPIC, str(PARTITIONS), str(records)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def counted(shoal_host, build, bootstrap, records, lanes, run):
    """Records a second through a host with so many lanes."""
    source = {
        "name": "bench",
        "topics": [TOPIC],
        "type": "counted",
        "message": "record",
        "group": f"bench-{lanes}-{run}",
        "start": "earliest",
        "dead_letter_topic": "",
    }
    module = str(build / "modules" / "counter_bench.so")
    with shoal_host.Host(shoal_host.configuration(bootstrap, module, source, {}), lanes) as host:
        host.start()
        begin = None

        def finished():
            nonlocal begin
            status, now = host.source(), time.perf_counter()
            if begin is None and status["in_total"] > 0:
                begin = now, status["done_total"]
            return now if status["done_total"] >= records else None

        end = host.wait(finished, "all records are finished", 300, every=0.002)
        host.wait(lambda: host.source()["lag"] == 0, "everything is finished")
        assert host.stop() == 0, host.log()
    return (records - begin[1]) / (end - begin[0])


def measure(build, long):
    os.environ["SHOAL_BINARY"] = str(build / "shoal")
    import shoal_host
    import topics
    from broker import Broker

    records = 8_000_000 if long else 2_000_000
    runs = 9 if long else 5
    with Broker({"log.segment.bytes": 1 << 30}) as broker:
        print(f"filling a topic with {records:,} records of 100 bytes, {KEYS:,} keys", file=sys.stderr)
        topics.create(broker.bootstrap, {TOPIC: PARTITIONS})
        fill = [str(build / "bench_fill_topic"), broker.bootstrap, TOPIC, str(records), str(KEYS)]
        subprocess.run(fill, check=True)
        figures = {"floor": [], 1: [], 2: []}
        floor(build, broker.bootstrap, records)  # brings the log into the page cache
        for run in range(runs):
            # In turn, so that a machine that grows slower or faster does so for all.
            figures["floor"].append(floor(build, broker.bootstrap, records))
            for lanes in (1, 2):
                figures[lanes].append(counted(shoal_host, build, broker.bootstrap, records, lanes, run))
            latest = [round(values[-1]) for values in figures.values()]
            print(f"run {run + 1} of {runs}: {latest}", file=sys.stderr)
    raw = statistics.median(figures["floor"])
    rows = []
    for lanes in (1, 2):
        value = statistics.median(figures[lanes])
        row = {"id": f"kafka_count_{lanes}", "value": value, "unit": "records/s", "floor": raw}
        rows.append({**row, "ratio": value / raw, "command": "./dev bench kafka"})
    return rows
