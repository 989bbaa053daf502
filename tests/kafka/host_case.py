"""What tests of a host with a real broker share: hosts that echo a topic, what they must say, what they cost.

`unittest.TestCase` with a broker for the whole class. The echo module makes every finished record visible as
"partition offset" in the topic `out`; `check_each_once` compares that with the records of the source's topic.
"""

import collections
import os
import pathlib
import threading
import time
import unittest

from confluent_kafka import KafkaError, KafkaException

import shoal_host
import topics
from broker import Broker
from shoal_host import Host

LONG = os.environ.get("SHOAL_TEST_LONG") == "1"
CPU_SHARE_MAX = 0.3  # of one core, while nothing can be done but wait
LOG_LINES_MAX = 300  # of a fault of some seconds


def records(count, value=b"value", first=0):
    return [(b"key-%d" % number, value) for number in range(first, first + count)]


class Quiet:
    """Over a time in which a host can only wait: it neither spins nor floods its log."""

    def __init__(self, host, but=None):
        """`but`: the threads of this name are not counted."""
        self.host = host
        self.but = but
        self.began = time.monotonic()
        self.cpu_began = self.cpu_seconds()
        self.lines_began = self.lines()

    def cpu_seconds(self):
        ticks = 0
        for thread in pathlib.Path(f"/proc/{self.host.process.pid}/task").iterdir():
            try:
                text = (thread / "stat").read_text(encoding="ascii")
            except OSError:  # it has ended meanwhile
                continue
            fields = text.rpartition(")")[2].split()
            if self.but is None or f"({self.but})" not in text:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def lines(self):
        with open(self.host.log_path, encoding="utf-8", errors="replace") as log:
            return sum(1 for _ in log)

    def elapsed(self):
        return time.monotonic() - self.began

    def check(self, seconds):
        """Waits until the time is `seconds` long. The host must live all the while."""
        self.host.wait(lambda: self.elapsed() >= seconds, "time passes", seconds + 60, every=0.2)
        share = (self.cpu_seconds() - self.cpu_began) / self.elapsed()
        assert share < CPU_SHARE_MAX, f"the waiting host takes {share:.0%} of a core: {self.host.log()}"
        grown = self.lines() - self.lines_began
        assert grown < LOG_LINES_MAX * max(1, seconds / 10), f"{grown} lines of log: {self.host.log()}"


class Load(threading.Thread):
    """Produces records to a topic until it is stopped, through faults of the broker as well.

    A fatal error ends an idempotent producer, and nobody knows which of its records in flight are there: they
    are `unsure`, and another producer goes on.
    """

    def __init__(self, bootstrap, topic, each_s=0.002):
        super().__init__(daemon=True)
        self.bootstrap = bootstrap
        self.topic = topic
        self.each_s = each_s
        self.before = self.there()
        self.producer = topics.producer(bootstrap)
        self.ended = threading.Event()
        self.acknowledged = 0
        self.unsure = 0
        self.errors = []  # of records of this producer

    def there(self):
        return sum(topics.watermarks(self.bootstrap, self.topic).values())

    def run(self):
        number = 0
        while not self.ended.wait(self.each_s):
            key = b"key-%d" % (number % 101)
            try:
                self.producer.produce(self.topic, key=key, value=b"value", on_delivery=self.on_delivery)
            except KafkaException as failure:
                if not is_fatal(failure.args[0]):
                    raise
                self.begin_anew()
            self.producer.poll(0)
            number += 1

    def on_delivery(self, error, _):
        if error:
            self.errors.append(error)
        else:
            self.acknowledged += 1

    def begin_anew(self):
        self.unsure += self.producer.flush(60) + len(self.errors)
        self.errors.clear()
        self.producer = topics.producer(self.bootstrap)

    def finish(self):
        """Stops; how many records are there: all that were acknowledged, and some that are unsure."""
        self.ended.set()
        self.join()
        left = self.producer.flush(120)
        if any(is_fatal(error) for error in self.errors):
            self.begin_anew()
        assert not left and not self.errors, (left, self.errors[:3])
        there = self.there() - self.before
        assert self.acknowledged <= there <= self.acknowledged + self.unsure, (self.acknowledged, there)
        return there


def is_fatal(error):
    """Of an error that ends an idempotent producer."""
    return error.fatal() or error.code() in (KafkaError._FATAL, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)


class HostCase(unittest.TestCase):
    SETTINGS = {}  # of the broker
    TOPICS = {"out": 1}

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(cls.SETTINGS).start()
        cls.addClassCleanup(cls.broker.close)
        cls.bootstrap = cls.broker.bootstrap
        topics.create(cls.bootstrap, cls.TOPICS)

    def make_host(
        self, topic, bootstrap=None, lanes=2, node=None, out="out", kafka_client=None, log=None, **source
    ):
        """A host that echoes a topic; its group is named after the topic."""
        own = {"group": topic, "commit_interval_ms": 50, **source}
        tables = shoal_host.echo(bootstrap or self.bootstrap, topic, out, kafka_client, **own)
        host = Host({**tables, "log": log or {}}, lanes, **(node or {}))
        self.addCleanup(host.close)
        return host

    def make_load(self, topic):
        load = Load(self.bootstrap, topic)
        self.addCleanup(load.ended.set)
        load.start()
        return load

    def wait_unready(self, host, *words, seconds=60.0):
        """The host lives, is not ready, and says why, in `/readyz` and in its status."""

        def says():
            code, text = host.get("/readyz?verbose")
            return code == 503 and all(word in text for word in words)

        host.wait(says, f"/readyz says {words}", seconds, every=0.1)
        self.assertEqual(200, host.get("/livez")[0])

        def status_says():
            status = host.status()
            reasons = " ".join(status["reasons"])
            return not status["ready"] and all(word in reasons for word in words)

        host.wait(status_says, f"the status says {words}", 10, every=0.1)

    def wait_ready(self, host, seconds=60.0):
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host is ready", seconds, every=0.1)

    def produce(self, topic, wanted):
        topics.produce(self.bootstrap, topic, wanted)

    def check_each_once(self, topic, out="out", letters=None):
        """Every record of the topic has come out once and once only, or is a dead letter."""
        wanted = {(r.partition, r.offset): 1 for r in topics.read(self.bootstrap, topic)}
        found = collections.Counter(
            tuple(int(number) for number in r.value.split()) for r in topics.read(self.bootstrap, out)
        )
        for letter in topics.read(self.bootstrap, letters) if letters else []:
            headers = letter.headers
            found[int(headers["shoal-source-partition"]), int(headers["shoal-source-offset"])] += 1
        missing = [position for position in wanted if position not in found]
        more = {position: count for position, count in found.items() if count != wanted.get(position)}
        self.assertEqual(([], {}), (missing[:10], dict(list(more.items())[:10])), topic)
