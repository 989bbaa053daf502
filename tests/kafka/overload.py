"""A host that is sent more than its lanes can do: from Kafka, by tells and by asks, open to all ends.

Two lanes run entities `slow`, whose turns each take a fixed time of a processor. The third lane's `driver`
sends them messages at a rate, whatever becomes of them. Records and asks over HTTP come from this process.
"""

import http.client
import json
import pathlib
import threading
import time

import shoal_host
import topics
from shoal_host import Host

LANES = 3
SLOW_LANES = 2  # as many as the topic has partitions: the last lane is the driver's
RECORD_BYTES = 1_000
KEYS = 100
ASK_TIMEOUT_MS = 4_000
TICK_S = 0.005


def memory_bytes(pid, line):
    """VmRSS: resident now; VmHWM: the most there ever was."""
    for text in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if text.startswith(line + ":"):
            return int(text.split()[1]) * 1024
    raise ValueError(line)


class Feed(threading.Thread):
    """Produces records at a rate for so many seconds, or a number of them at once."""

    def __init__(self, bootstrap, topic, rate, seconds):
        super().__init__(daemon=True)
        self.topic, self.rate, self.seconds = topic, rate, seconds
        self.producer = topics.producer(bootstrap)
        self.value = b"r" * RECORD_BYTES
        self.sent = 0
        self.errors = []

    def on_delivery(self, error, _):
        if error:
            self.errors.append(error)

    def send_until(self, count):
        while self.sent < count:
            key = b"key-%d" % (self.sent % KEYS)
            self.producer.produce(self.topic, key=key, value=self.value, on_delivery=self.on_delivery)
            self.sent += 1

    def run(self):
        began = time.monotonic()
        elapsed = 0.0
        while elapsed < self.seconds:
            elapsed = min(time.monotonic() - began, self.seconds)
            self.send_until(int(self.rate * elapsed))
            self.producer.poll(TICK_S)

    def finish(self):
        self.join()
        assert self.producer.flush(120) == 0 and not self.errors, self.errors[:3]
        return self.sent


class Asker(threading.Thread):
    """Asks over HTTP, one after another, until it is stopped; keeps (status, milliseconds) of each."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.ended = threading.Event()
        self.answers = []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"message": "ask", "body": {}, "timeout_ms": ASK_TIMEOUT_MS})
        path = f"/v1/entities/slow/asked-{self.number}/ask"
        while not self.ended.wait(TICK_S):
            began = time.monotonic()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            self.answers.append((answer.status, (time.monotonic() - began) * 1e3))
        connection.close()


class Overload:
    """The host with its driver. Use it as the host's `with`."""

    def __init__(self, bootstrap, module, topic, work_us, kafka_client=None):
        self.bootstrap, self.topic = bootstrap, topic
        source = {"name": "work", "topics": [topic], "type": "slow", "message": "work"}
        source |= {"group": topic, "dead_letter_topic": "", "commit_interval_ms": 100}
        tables = shoal_host.configuration(bootstrap, module, source, {}, kafka_client)
        tables |= {"types.slow.config": {"work_us": work_us}, "types.driver": {"shards": LANES}}
        self.host = Host(tables, LANES)
        self.driver = None
        self.feed = None
        self.askers = []

    def start(self):
        topics.create(self.bootstrap, {self.topic: SLOW_LANES})
        self.host.start_ready()
        names = (f"driver-{number}" for number in range(1_000))
        self.driver = next(name for name in names if self.report(name)["shard"] % LANES == LANES - 1)

    def report(self, name=None):
        """What the driver has sent, how its asks ended, and how many turns there were of what."""
        code, report = self.host.ask("driver", name or self.driver, "report")
        assert code == 200, report
        return report

    @staticmethod
    def turns(report):
        return sum(report[f"{kind}_turns"] for kind in ("record", "tell", "ask"))

    def begin(self, seconds, records, tells, asks, askers):
        """So many records, tells and asks a second, and so many threads that ask over HTTP."""
        drive = {"tells_a_second": tells, "asks_a_second": asks, "milliseconds": int(seconds * 1e3)}
        drive |= {"targets": [f"told-{number}" for number in range(KEYS)]}
        drive |= {"body_bytes": RECORD_BYTES, "ask_timeout_ms": ASK_TIMEOUT_MS}
        self.feed = Feed(self.bootstrap, self.topic, records, seconds)
        self.askers = [Asker(self.host.port, number) for number in range(askers)]
        tell = {"message": "drive", "body": drive}
        code, text = self.host.request("POST", f"/v1/entities/driver/{self.driver}/tell", tell)
        assert code == 202, text
        for thread in (self.feed, *self.askers):
            thread.start()

    def wait_sent(self, seconds):
        """Until the time of the overload is over; the report of that moment."""

        def ended():
            report = self.report()
            return None if report["drives"] else report

        report = self.host.wait(ended, "the overload ends", seconds + 60, every=0.01)
        for asker in self.askers:
            asker.ended.set()
        return report

    def wait_quiet(self, seconds):
        """Until no message waits in the host and every ask has ended; its report."""
        for asker in self.askers:
            asker.join()

        def quiet():
            report = self.report()
            ended = sum(report[end] for end in ("answered", "overloaded", "deadline", "failed"))
            lanes = self.host.status()["lanes"]
            waits = sum(lane[place] for lane in lanes for place in ("inbox_bytes", "mail_bytes"))
            return report if ended == report["asks_sent"] and waits == 0 else None

        return self.host.wait(quiet, lambda: f"no message waits: {self.report()}", seconds, every=0.02)

    def wait_drained(self, seconds):
        """Until no message waits, and every record is finished and committed; the host's report."""
        records = self.feed.finish()
        self.wait_quiet(seconds)

        def drained():
            source = self.host.source()
            return source["done_total"] >= records and source["lag"] == 0

        self.host.wait(drained, lambda: f"all is drained: {self.report()}", seconds, every=0.02)
        return self.report()

    def http_answers(self):
        return [answer for asker in self.askers for answer in asker.answers]
