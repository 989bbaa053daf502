"""Kafka does not take what a host emits: a record or a batch is too large, the producer has a fatal error.

Nothing is committed past a record whose output has not arrived; after the cause is mended every record has
its effect in the topic.
"""

import pathlib
import unittest

import requirements
import topics
from host_case import HostCase, Quiet, records

BIG = b"x" * 20_000


class OutputFaults(HostCase):
    def make(self, topic, config=None, letters_config=None):
        """A topic, its output and its dead letters, each with its own settings."""
        self.out, self.letters = f"{topic}.out", f"{topic}.dead-letters"
        topics.create(self.bootstrap, {topic: 1})
        topics.create(self.bootstrap, {self.out: 1}, config)
        topics.create(self.bootstrap, {self.letters: 1}, letters_config)

    def committed(self, topic):
        return topics.committed(self.bootstrap, topic, topic)[0]

    def test_output_too_large_for_its_topic(self):
        """A dead letter, which is as large as its record."""
        self.make("large", letters_config={"max.message.bytes": "1000"})
        self.produce("large", [*records(10), (None, BIG), *records(10)])
        host = self.make_host("large", out=self.out)
        host.start()
        self.wait_unready(host, "large/0", "large.dead-letters", "Message size too large", "restart")
        Quiet(host).check(2)
        self.assertEqual("held", host.source()["state"])
        self.assertEqual(0, host.stop())
        self.assertEqual(10, self.committed("large"))
        topics.alter(self.bootstrap, self.letters, {"max.message.bytes": "100000"})
        host.start_ready()
        host.wait_finished(11)
        self.assertEqual(0, host.stop())
        self.assertEqual(21, self.committed("large"))
        (letter,) = topics.read(self.bootstrap, self.letters)
        self.assertEqual(BIG, letter.value)

    def test_batch_too_large_for_its_topic(self):
        """Small records, but more of them in a batch than the topic takes: the answer is a smaller batch."""
        self.make("batch", {"max.message.bytes": "1000"})
        self.produce("batch", records(500))
        host = self.make_host("batch", out=self.out)
        host.start()
        self.wait_unready(host, "batch/0", self.out, "max.message.bytes", "batch.size")
        self.assertEqual(0, host.stop())
        self.assertEqual(0, self.committed("batch"))
        host = self.make_host("batch", out=self.out, kafka_client={"batch.size": "900"})
        host.start_ready()
        host.wait_finished(500)
        self.assertEqual(0, host.stop())
        self.check_each_once("batch", self.out)

    def test_fatal_error_of_the_producer(self):
        """The broker loses the end of the output's log: the next sequence number does not follow."""
        self.make("fatal")
        host = self.make_host("fatal", out=self.out)
        host.start_ready()
        for first in range(0, 50, 10):
            self.produce("fatal", records(10, first=first))
            host.wait_finished(first + 10)
        self.broker.stop()
        cut_log(self.broker.folder / "data" / f"{self.out}-0")
        self.broker.start()
        self.produce("fatal", records(10, first=50))
        self.wait_unready(host, "outputs", "kafka producer stopped for good", "restart the host")
        Quiet(host).check(2)
        self.assertEqual(50, self.committed("fatal"))
        self.assertEqual(0, host.stop())
        host.start_ready()
        host.wait_finished(10)
        self.assertEqual(0, host.stop())
        after = {int(r.value.split()[1]) for r in topics.read(self.bootstrap, self.out)}
        self.assertLessEqual({*range(50, 60)}, after)


def cut_log(folder: pathlib.Path):
    """As a crash would that loses what was not on the disk yet: the last half of the log is not there."""
    (segment,) = folder.glob("*.log")
    with open(segment, "r+b") as log:
        log.truncate(segment.stat().st_size // 2)
    for derived in [*folder.glob("*.index"), *folder.glob("*.timeindex"), *folder.glob("*.snapshot")]:
        derived.unlink()
    (folder.parent / ".kafka_cleanshutdown").unlink()


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
