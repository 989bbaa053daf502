"""One run of a Kafka row: a host, or the program of its floor, over a topic that is there already.

The start is not measured: the steady part begins where `first` records are done. A host is looked at twenty
times a second only, and its rate taken between the first and the last look that fall into the steady part, so
that looking costs nothing and no end has to be met exactly.
"""

import contextlib
import itertools
import subprocess
import time

PARTITIONS = 8
LOOK_S = 0.05


class Runs:
    def __init__(self, build, bootstrap):
        import shoal_host
        import topics

        self.build, self.bootstrap = build, bootstrap
        self.shoal_host, self.topics = shoal_host, topics
        self.module = str(build / "modules" / "kafka_bench.so")
        self.numbers = itertools.count()

    # Topics

    def fill(self, topic, records, keys):
        self.topics.create(self.bootstrap, {topic: PARTITIONS})
        self.program("fill_topic", topic, records, keys)

    @contextlib.contextmanager
    def new_topic(self):
        name = f"out-{next(self.numbers)}"
        self.topics.create(self.bootstrap, {name: PARTITIONS})
        yield name
        self.topics.delete(self.bootstrap, name)

    # Programs

    def program(self, name, *arguments):
        command = [str(self.build / f"bench_{name}"), self.bootstrap, *map(str, arguments)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def raw_count(self, topic, records, first):
        return float(self.program("raw_consumer", topic, PARTITIONS, records, first))

    def raw_transform(self, topic, records, first):
        with self.new_topic() as out:
            return float(self.program("raw_transform", topic, out, PARTITIONS, records, first))

    # Hosts

    def host(
        self, entity_type, topic, lanes, sinks=None, start="earliest", binary="shoal", durability="none"
    ):
        """One whose group and journal are new; it is not started."""
        name = f"bench-{next(self.numbers)}"
        source = {"name": "bench", "topics": [topic], "type": entity_type, "message": "record"}
        source |= {"group": name, "start": start, "dead_letter_topic": ""}
        tables = self.shoal_host.configuration(self.bootstrap, self.module, source, sinks or {})
        tables[f"types.{entity_type}"] = {"durability": durability}
        self.shoal_host.SHOAL = str(self.build / binary)
        return self.shoal_host.Host(tables, lanes)

    def rate(self, host, records, first):
        """Records a second that the host has done, in its steady part. Everything is committed in the end."""
        with host:
            host.start()
            looks = []

            def done():
                count = host.source()["done_total"]
                if first <= count < records:
                    looks.append((time.perf_counter(), count))
                return count >= records

            host.wait(done, "all records are done", 300, every=LOOK_S)
            host.wait(lambda: host.source()["lag"] == 0, "everything is committed")
            assert host.stop() == 0, host.log()
        (begin, count_before), (end, count_after) = looks[0], looks[-1]
        return (count_after - count_before) / (end - begin)

    def count(self, topic, records, first, lanes, **more):
        return self.rate(self.host("counted", topic, lanes, **more), records, first)

    def transform(self, topic, records, first, lanes):
        with self.new_topic() as out:
            return self.rate(self.host("copied", topic, lanes, {"copies": out}), records, first)
