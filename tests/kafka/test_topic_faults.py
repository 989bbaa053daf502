"""A topic changes under the host: records that are gone, a topic made anew, several topics, several types.

What was never read and is gone is said by name with its range; nothing of it is passed over unsaid.
"""

import subprocess
import unittest

import oracle
import requirements
import shoal_host
import topics
from delete_records import delete_records
from host_case import HostCase, Quiet, records
from shoal_host import Host


def spread(count, first=0):
    """Records of one partition, one after another: offsets are counted easily."""
    return [(b"key-%d" % number, b"value", 0) for number in range(first, first + count)]


class TopicFaults(HostCase):
    def begin(self, topic, count, **source):
        """A topic of one partition with so many finished records; the host that did them."""
        self.out = f"{topic}.out"
        topics.create(self.bootstrap, {topic: 1, self.out: 1})
        self.produce(topic, spread(count))
        host = self.make_host(topic, out=self.out, dead_letter_topic="", **source)
        host.start_ready()
        host.wait_finished(count)
        return host

    def offsets_out(self):
        return sorted(int(r.value.split()[1]) for r in topics.read(self.bootstrap, self.out))

    def begin_with_a_gap(self, topic, **source):
        """Offsets 20 to 49 were never read and are deleted while the host is away."""
        self.assertEqual(0, self.begin(topic, 20).stop())
        self.produce(topic, spread(40, 20))
        delete_records(self.bootstrap, topic, {0: 50})
        return self.make_host(topic, out=self.out, dead_letter_topic="", **source)

    def test_expired_records_hold_their_partition_by_name(self):
        host = self.begin_with_a_gap("expired")
        host.start()
        self.wait_unready(host, "expired/0", "offsets 20 to 49", "at most 30 records", "lost_records")
        Quiet(host).check(2)
        source = host.source()
        self.assertEqual(("held", 0, 0), (source["state"], source["in_total"], source["lost_total"]))
        self.assertEqual(0, host.stop())
        self.assertEqual({0: 20}, topics.committed(self.bootstrap, "expired", "expired"))

    def test_expired_records_are_passed_over_where_the_source_says_so(self):
        host = self.begin_with_a_gap("passed", lost_records="continue")
        host.start_ready()
        self.assertEqual(30, host.wait_finished(10)["lost_total"])
        self.assertIn("offsets 20 to 49 are gone", host.log())
        self.assertEqual(0, host.stop())
        self.assertEqual([*range(20), *range(50, 60)], self.offsets_out())
        self.assertEqual({0: 60}, topics.committed(self.bootstrap, "passed", "passed"))

    def test_all_records_expired(self):
        """Nothing follows the gap: the group moves on nevertheless."""
        self.assertEqual(0, self.begin("all-expired", 5).stop())
        self.produce("all-expired", spread(5))
        delete_records(self.bootstrap, "all-expired", {0: 10})
        host = self.make_host("all-expired", dead_letter_topic="", lost_records="continue")
        host.start_ready()
        host.wait(lambda: host.source()["partitions"][0]["committed"] == 10, "the group has moved on")
        self.assertEqual(5, host.source()["lost_total"])

    def test_committed_offset_beyond_the_end(self):
        self.assertEqual(0, self.begin("shrunk", 5).stop())
        topics.commit(self.bootstrap, "shrunk", "shrunk", {0: 100})
        host = self.make_host("shrunk", dead_letter_topic="", lost_records="continue")
        host.start()
        self.wait_unready(host, "shrunk/0", "offset 100 is beyond the end 5", "group's offset")

    def make_anew(self, topic, count):
        topics.delete(self.bootstrap, topic)
        topics.create(self.bootstrap, {topic: 1})
        if count:
            self.produce(topic, spread(count))

    def test_topic_made_anew_is_held_and_read_from_its_beginning_after_a_restart(self):
        """The new topic has more records than were read of the old one: its offsets alone do not tell."""
        host = self.begin("anew", 40)
        Quiet(host).check(3)  # it has looked at the topic meanwhile
        self.make_anew("anew", 100)
        self.wait_unready(host, "topic anew was deleted and made anew", "restart the host")
        self.assertEqual("held", host.source()["state"])
        self.assertEqual(0, host.stop())
        before = len(self.offsets_out())
        host.start_ready()
        host.wait_finished(100)
        self.assertEqual(0, host.stop())
        self.assertEqual([*range(100)], sorted(self.offsets_out_after(before)))

    def offsets_out_after(self, before):
        return [int(r.value.split()[1]) for r in topics.read(self.bootstrap, self.out)[before:]]

    def test_topic_deleted_for_a_while(self):
        host = self.begin("away", 40)
        topics.delete(self.bootstrap, "away")
        self.wait_unready(host, "topic away", "create the topic")
        Quiet(host).check(3)
        topics.create(self.bootstrap, {"away": 1})
        self.wait_unready(host, "topic away was deleted and made anew")
        self.produce("away", spread(10))
        self.assertEqual(0, host.stop(), host.log())
        host.start_ready()
        host.wait_finished(10)
        self.assertEqual(50, len(self.offsets_out()))

    def test_a_stop_while_the_topic_is_gone(self):
        """librdkafka 2.0 does not end a handle in whose queues something of such a partition is left."""
        host = self.begin("gone", 40)
        topics.delete(self.bootstrap, "gone")
        self.wait_unready(host, "topic gone", "create the topic")
        self.assertEqual(0, host.stop(), host.log())

    def test_two_topics_feed_one_type(self):
        """A key's records of both topics meet in one entity; each topic has its own offsets."""
        topics.create(self.bootstrap, {"first": 3, "second": 3, "both.out": 1})
        self.produce("first", [*records(60), *records(60)])
        self.produce("second", records(60))
        keys = [key for key, _ in records(60)]
        self.assertEqual(home_of(self.bootstrap, "first", keys), home_of(self.bootstrap, "second", keys))
        host = self.make_host("first", out="both.out", topics=["first", "second"], dead_letter_topic="")
        host.start_ready()
        self.assertEqual(180, host.wait_finished(180)["done_total"])
        for key in keys:
            self.assertEqual((200, 3), host.ask("echo", key.decode(), "count"), key)
        self.assertEqual({(topic, p) for topic in ("first", "second") for p in range(3)}, positions(host))
        self.assertEqual(0, host.stop())
        self.assertEqual(180, len(topics.read(self.bootstrap, "both.out")))
        for topic, count in (("first", 120), ("second", 60)):
            self.assertEqual(count, sum(topics.committed(self.bootstrap, "first", topic).values()))

    def test_unequal_partition_counts_are_refused_by_name(self):
        topics.create(self.bootstrap, {"three": 3, "four": 4})
        self.produce("three", records(10))
        host = self.make_host("three", topics=["three", "four"], dead_letter_topic="")
        host.start()
        self.wait_unready(host, "topic four has 4 partitions", "topic three has 3", "equal partition counts")
        self.assertEqual(0, host.source()["in_total"])
        topics.add_partitions(self.bootstrap, "three", 4)
        self.wait_ready(host)

    def test_two_types_read_one_topic_each_with_its_own_group(self):
        expected = oracle.read(limit=2_000)
        topics.create(self.bootstrap, {"flights": 4, "flights.out": 1, "alerts": 1})
        topics.create(self.bootstrap, {"flights.dead-letters": 1, "echo.dead-letters": 1})
        command = [shoal_host.SHOAL, "feed", "csv", str(oracle.FLIGHTS), "--topic", "flights"]
        options = ["--key", "tailnum", "--bootstrap", self.bootstrap, "--limit", "2000"]
        subprocess.run([*command, *options], check=True, capture_output=True, timeout=60)
        tables = shoal_host.aircraft(self.bootstrap, group="of-aircraft")
        own = {"group": "of-echo", "dead_letter_topic": "echo.dead-letters"}
        other = shoal_host.echo(self.bootstrap, "flights", **own)
        for name in ("modules", "sources", "sinks"):
            tables[name] += other[name]
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        host.start_ready()
        host.wait(lambda: all(s["lag"] == 0 for s in host.status()["sources"]), "both have read all")
        for source in host.status()["sources"]:
            known = expected.rows - expected.without_tailnum
            self.assertEqual((known, expected.without_tailnum), totals(source), source["name"])
        tailnum = max(expected.aircraft, key=lambda one: expected.aircraft[one]["flights"])
        self.assertEqual((200, expected.aircraft[tailnum]), host.ask("aircraft", tailnum, "summary"))
        self.assertEqual((200, expected.aircraft[tailnum]["flights"]), host.ask("echo", tailnum, "count"))
        self.assertEqual(0, host.stop())
        for group in ("of-aircraft", "of-echo"):
            committed = topics.committed(self.bootstrap, group, "flights")
            self.assertEqual(topics.watermarks(self.bootstrap, "flights"), committed, group)


def home_of(bootstrap, topic, keys):
    """{key: partition} of a topic that has a record of each key."""
    home = {r.key: r.partition for r in topics.read(bootstrap, topic)}
    return {key: home[key] for key in keys}


def positions(host):
    return {(one["topic"], one["partition"]) for one in host.source()["partitions"]}


def totals(source):
    return source["done_total"], source["dead_letters_total"]


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
