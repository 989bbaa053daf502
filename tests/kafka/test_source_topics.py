"""Which topics and partitions a source reads: patterns that new topics match later, partitions by hand."""

import unittest

import requirements
import shoal_host
import topics
from host_case import HostCase, records
from shoal_host import Host

SOON = {"topic_refresh_interval_ms": 1000}


class SourceTopics(HostCase):
    def make(self, pattern, group, **source):
        """A host that echoes all topics of a pattern, looking for new ones often."""
        own = {"topics": [pattern], "group": group, "dead_letter_topic": "", **SOON, **source}
        return self.make_host(group, out=f"{group}.out", **own)

    def fill(self, topic, count, partitions=2):
        topics.create(self.bootstrap, {topic: partitions})
        self.produce(topic, records(count))

    def read_topics(self, host):
        return sorted(host.source()["topics"])

    def test_a_pattern_reads_what_matches_now_and_later(self):
        topics.create(self.bootstrap, {"fl.out": 1})
        self.fill("fl-2013", 30)
        self.fill("other-2013", 7)
        host = self.make("^fl-", "fl")
        host.start_ready()
        host.wait_finished(30)
        self.assertEqual(["fl-2013"], self.read_topics(host))
        self.fill("fl-2014", 20)
        host.wait_finished(50)
        self.assertEqual(["fl-2013", "fl-2014"], self.read_topics(host))
        # Entities of both topics are the same, and all of it is committed.
        self.assertEqual((200, 2), host.ask("echo", "key-3", "count"))
        self.assertEqual(0, host.stop())
        for topic, count in (("fl-2013", 30), ("fl-2014", 20)):
            self.assertEqual(count, sum(topics.committed(self.bootstrap, "fl", topic).values()))
        host.start_ready()
        self.assertEqual(["fl-2013", "fl-2014"], self.read_topics(host))
        self.assertEqual(0, host.wait_finished(0)["in_total"])

    def test_a_topic_that_comes_later_is_read_whole_even_from_the_latest(self):
        topics.create(self.bootstrap, {"la.out": 1})
        self.fill("la-1", 10)
        host = self.make("^la-", "la", start="latest", offsets="none")
        host.start_ready()
        self.fill("la-2", 5)
        host.wait_finished(5)
        self.assertEqual(5, host.source()["in_total"])

    def test_a_topic_of_another_count_is_refused_by_name(self):
        topics.create(self.bootstrap, {"un.out": 1})
        self.fill("un-1", 10)
        host = self.make("^un-", "un")
        host.start_ready()
        self.fill("un-2", 10, partitions=3)
        self.wait_unready(host, "topic un-2 has 3 partitions", "type echo has 2 shards", "it is not read")
        self.fill("un-3", 5)
        host.wait_finished(15)
        source = host.source()
        self.assertEqual(("running", ["un-1", "un-3"]), (source["state"], sorted(source["topics"])))
        self.assertIn("un-2", source["reason"])
        topics.delete(self.bootstrap, "un-2")
        self.wait_ready(host)

    def test_no_topic_that_matches(self):
        topics.create(self.bootstrap, {"no.out": 1})
        host = self.make("^no-", "no")
        host.start()
        self.wait_unready(host, "no topic can be read that matches ^no-", "create one")
        self.fill("no-1", 3)
        self.wait_ready(host)
        host.wait_finished(3)

    def test_a_topic_of_a_pattern_that_is_deleted(self):
        topics.create(self.bootstrap, {"de.out": 1})
        self.fill("de-1", 10)
        self.fill("de-2", 10)
        host = self.make("^de-", "de")
        host.start_ready()
        host.wait_finished(20)
        topics.delete(self.bootstrap, "de-2")
        self.wait_unready(host, "topic de-2", "create the topic")
        self.assertEqual("held", host.source()["state"])

    def test_what_the_host_writes_itself_is_not_matched(self):
        topics.create(self.bootstrap, {"me.out": 2, "me.letters": 2})
        self.fill("me-1", 10)
        host = self.make("^(me|__)", "me", dead_letter_topic="me.letters")
        host.start_ready()
        host.wait_finished(10)
        self.fill("me-2", 5)
        host.wait_finished(15)
        self.assertEqual(["me-1", "me-2"], self.read_topics(host))
        self.assertTrue(host.get("/readyz")[0] == 200, host.get("/readyz?verbose"))

    def test_two_sources_of_one_group_never_read_one_topic(self):
        topics.create(self.bootstrap, {"tw.out": 1})
        self.fill("tw-1", 10)
        tables = shoal_host.echo(self.bootstrap, "tw-1", "tw.out", group="tw", dead_letter_topic="", **SOON)
        tables["sources"][0]["topics"] = ["^tw-"]
        tables["sources"].append({**tables["sources"][0], "name": "again", "topics": ["^tw-[0-9]"]})
        host = Host(tables, 2)
        self.addCleanup(host.close)
        host.start()
        self.wait_unready(host, "topic tw-1 is read by source records as group tw already")
        host.wait_finished(10)

    # Partitions by hand

    def test_only_the_given_partitions_are_read(self):
        self.fill("hand", 80, partitions=4)
        topics.create(self.bootstrap, {"hand.out": 1})
        ends = topics.watermarks(self.bootstrap, "hand")
        host = self.make_host("hand", out="hand.out", partitions=[0, 3], dead_letter_topic="")
        host.start_ready()
        host.wait_finished(ends[0] + ends[3])
        self.assertEqual([0, 3], [one["partition"] for one in host.source()["partitions"]])
        # Shards that no record reaches are there for messages.
        for number in range(8):
            self.assertEqual(200, host.ask("echo", f"asked-{number}", "count")[0])
        self.assertEqual(0, host.stop())
        committed = topics.committed(self.bootstrap, "hand", "hand")
        self.assertEqual({**ends, 1: 0, 2: 0}, committed)

    def test_two_sources_of_one_group_share_a_topic_by_hand(self):
        self.fill("half", 40)
        topics.create(self.bootstrap, {"half.out": 1})
        ends = topics.watermarks(self.bootstrap, "half")
        tables = shoal_host.echo(self.bootstrap, "half", "half.out", group="half", dead_letter_topic="")
        tables["sources"][0]["partitions"] = [0]
        tables["sources"].append({**tables["sources"][0], "name": "rest", "partitions": [1]})
        host = Host(tables, 2)
        self.addCleanup(host.close)
        host.start_ready()
        done = lambda: [source["done_total"] for source in host.status()["sources"]]
        host.wait(lambda: done() == [ends[0], ends[1]], "both halves are read")
        self.assertEqual(0, host.stop())
        self.assertEqual(ends, topics.committed(self.bootstrap, "half", "half"))

    def test_a_partition_that_is_not_there_is_named(self):
        topics.create(self.bootstrap, {"none": 2, "none.out": 1})
        host = self.make_host("none", out="none.out", partitions=[0, 7], dead_letter_topic="")
        host.start()
        self.wait_unready(host, "topic none has 2 partitions", "partition 7 is named in partitions")


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
