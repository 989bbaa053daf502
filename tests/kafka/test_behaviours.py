"""What a host does when Kafka or a record is not as it should be: a named behaviour each, from outside.

Each test makes one thing wrong with a real broker, reads what `/readyz` and the status say about it, and
where it can be mended mends it and sees the host go on. The broker's default replication factor cannot
be met by its one node, so that the host cannot create a topic by itself.
"""

import signal
import unittest

import requirements
import shoal_host
import topics
from broker import Broker
from host_case import HostCase, records
from shoal_host import Host
from waiting import wait_until


class Behaviours(HostCase):
    SETTINGS = {"default.replication.factor": 3}  # it cannot be met, so that the host creates no topic

    def test_missing_topic_is_named_and_read_once_it_is_there(self):
        host = self.make_host("late", dead_letter_topic="")
        host.start()
        self.wait_unready(host, "late")
        topics.create(self.bootstrap, {"late": 3})
        self.wait_ready(host)
        self.produce("late", records(50))
        self.assertEqual(50, host.wait_finished(50)["done_total"])
        self.assertEqual(0, host.stop())

    def test_missing_sink_topic_holds_intake(self):
        topics.create(self.bootstrap, {"sinkless": 1})
        self.produce("sinkless", records(10))
        tables = shoal_host.echo(self.bootstrap, "sinkless", "no-out", group="sinkless", dead_letter_topic="")
        host = Host(tables)
        self.addCleanup(host.close)
        host.start()
        self.wait_unready(host, "no-out")
        self.assertEqual(0, host.source()["in_total"])
        topics.create(self.bootstrap, {"no-out": 1})
        self.wait_ready(host)
        host.wait_finished(10)

    def test_broker_absent_at_start(self):
        with_its_own = Broker()
        self.addCleanup(with_its_own.close)
        host = self.make_host("absent", with_its_own.bootstrap, dead_letter_topic="")
        host.start()
        self.wait_unready(host, "kafka.bootstrap_servers")
        with_its_own.start()
        topics.create(with_its_own.bootstrap, {"absent": 2, "out": 1})
        self.wait_ready(host)
        topics.produce(with_its_own.bootstrap, "absent", records(20))
        host.wait_finished(20)
        self.assertEqual(0, host.stop())

    def test_partitions_added_hold_the_source(self):
        topics.create(self.bootstrap, {"grown": 2})
        self.produce("grown", records(100))
        host = self.make_host("grown", dead_letter_topic="")
        host.start_ready()
        host.wait_finished(100)
        topics.add_partitions(self.bootstrap, "grown", 4)
        self.wait_unready(host, "grown", "4 partitions")
        self.produce("grown", [(b"key", b"value", partition) for partition in range(4)])
        self.assertEqual("held", host.source()["state"])
        self.assertEqual(0, host.stop())
        self.assertEqual(100, host_total(self.bootstrap, "grown"))

    def test_bad_records_are_dead_letters_with_their_reason(self):
        topics.create(self.bootstrap, {"bad": 2, "bad.dead-letters": 1})
        self.produce("bad", [(b"key", b"value")])
        home = topics.read(self.bootstrap, "bad")[0].partition
        self.produce(
            "bad",
            [
                (b"key", b"other", 1 - home),
                (b"key", None, home),
                (b"key", b"undecodable", home),
                (None, b"value", home),
                (b"", b"value", home),
                (b"x" * 1025, b"value"),
                (b"key", b"fail", home),
                (b"key", b"value", home),
            ],
        )
        host = self.make_host("bad")
        host.start_ready()
        source = host.wait_finished(9)
        self.assertEqual((2, 7), (source["done_total"], source["dead_letters_total"]))
        self.assertEqual(
            (200, 1), host.ask("echo", "key", "count"), "the failed turn took its entity with it"
        )
        self.assertEqual(0, host.stop())
        self.check_letters(home)

    def check_letters(self, home):
        wanted = {
            b"other": "misaligned_key",
            None: "null_value",
            b"undecodable": "undecodable",
            b"fail": "turn_failed",
        }
        by_key = {None: "key_missing", b"": "key_missing", b"x" * 1025: "key_too_long"}
        source = {(record.partition, record.offset): record for record in topics.read(self.bootstrap, "bad")}
        letters = topics.read(self.bootstrap, "bad.dead-letters")
        self.assertEqual(7, len(letters))
        for letter in letters:
            headers = {name: value.decode() for name, value in letter.headers.items()}
            self.assertEqual(by_key.get(letter.key) or wanted[letter.value], headers["shoal-reason"])
            self.assertTrue(headers["shoal-error"], headers)
            self.assertEqual("bad", headers["shoal-source-topic"])
            self.assertIn("echo", headers["shoal-module"])
            position = int(headers["shoal-source-partition"]), int(headers["shoal-source-offset"])
            original = source.pop(position)
            self.assertEqual((original.key, original.value), (letter.key, letter.value))
        self.assertEqual(["value", "value"], [record.value.decode() for record in source.values()])

    def test_dead_letter_topic_that_cannot_be_created_holds_intake(self):
        topics.create(self.bootstrap, {"held": 1})
        self.produce("held", [*records(5), (b"key", b"fail")])
        host = self.make_host("held")
        host.start()
        self.wait_unready(host, "held.dead-letters")
        self.assertEqual(0, host.source()["in_total"])
        topics.create(self.bootstrap, {"held.dead-letters": 1})
        self.wait_ready(host)
        self.assertEqual(1, host.wait_finished(6)["dead_letters_total"])
        self.assertEqual(1, len(topics.read(self.bootstrap, "held.dead-letters")))

    def test_empty_dead_letter_topic_counts_only(self):
        topics.create(self.bootstrap, {"counted": 1})
        self.produce("counted", [(b"key", b"fail"), (None, b"value"), (b"key", b"value")])
        host = self.make_host("counted", dead_letter_topic="")
        host.start_ready()
        source = host.wait_finished(3)
        self.assertEqual((1, 2), (source["done_total"], source["dead_letters_total"]))

    def test_a_traceparent_goes_on_with_what_its_record_causes(self):
        topics.create(self.bootstrap, {"traced": 1, "traced.out": 1})
        trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        one = topics.producer(self.bootstrap)
        one.produce("traced", key=b"key", value=b"value", headers={"traceparent": trace})
        one.produce("traced", key=b"key", value=b"value")
        self.assertEqual(0, one.flush(60))
        host = self.make_host("traced", out="traced.out", dead_letter_topic="")
        host.start_ready()
        host.wait_finished(2)
        self.assertEqual(0, host.stop())
        headers = [record.headers for record in topics.read(self.bootstrap, "traced.out")]
        self.assertEqual([{"traceparent": trace}, {}], headers)

    def test_commits_by_number_and_at_the_stop(self):
        """The interval is too long to matter."""
        topics.create(self.bootstrap, {"numbered": 1})
        self.produce("numbered", records(30))
        slow = {"commit_interval_ms": 3_600_000, "commit_records": 30, "dead_letter_topic": ""}
        host = self.make_host("numbered", **slow)
        host.start_ready()
        host.wait(lambda: host.source()["partitions"][0]["committed"] == 30, "30 are committed")
        self.produce("numbered", records(5))
        host.wait_finished(35)
        self.assertEqual(30, host.source()["partitions"][0]["committed"])
        self.assertEqual(0, host.stop())
        self.assertEqual(35, host_total(self.bootstrap, "numbered"))

    def test_grace_period_and_second_signal_force_the_stop(self):
        topics.create(self.bootstrap, {"forced": 2})
        self.produce("forced", records(100_000))
        forced = ((1_000, 1, "the grace period is over"), (60_000, 2, "second signal"))
        for grace_ms, signals, cause in forced:
            host = self.make_host("forced", node={"shutdown_grace_ms": grace_ms}, dead_letter_topic="")
            self.addCleanup(self.broker.resume)
            host.start_ready()
            host.wait(lambda one=host: one.source()["in_flight"] > 0, "records are in flight", every=0.001)
            self.broker.pause()
            for _ in range(signals - 1):
                host.process.send_signal(signal.SIGTERM)
                wait_until(lambda one=host: refuses(one), "the host has begun to stop", 10)
            self.assertEqual(1, host.stop())
            self.assertIn(f"({cause}), still waiting for ", host.log())
            self.broker.resume()


def refuses(host):
    """Whether the host has begun to stop: it is ready no more, or does not answer."""
    try:
        return host.get("/readyz")[0] != 200
    except OSError:
        return True


def host_total(bootstrap, topic):
    return sum(topics.committed(bootstrap, topic, topic).values())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
