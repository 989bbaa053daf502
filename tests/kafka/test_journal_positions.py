"""A durable source goes on where its journal says, and only in the topic that it was read from.

A topic that was made anew has other records at the same offsets: the source stops by name. Records that
expired are missed only where they were not read yet.
"""

import json
import unittest

import requirements
import shoal_host
import topics
from delete_records import delete_records
from host_case import HostCase
from shoal_host import Host

TYPE = "register"  # of the module "durable": adds up


class JournalPositions(HostCase):
    def produce_ones(self, topic, count):
        one = json.dumps({"by": 1}).encode()
        self.produce(topic, [(b"sum", one, 0)] * count)

    def begin(self, topic, count):
        """A host that has taken so many ones, and has stopped."""
        topics.create(self.bootstrap, {topic: 1})
        self.produce_ones(topic, count)
        source = {"name": "ones", "topics": [topic], "type": TYPE, "message": "add", "group": topic}
        source |= {"start": "earliest", "dead_letter_topic": ""}
        tables = shoal_host.configuration(self.bootstrap, shoal_host.DURABLE_MODULE, source, {})
        tables["types"] = {TYPE: {"durability": "state"}}
        host = Host(tables)
        self.addCleanup(host.close)
        host.start_ready()
        host.wait_finished(count)
        self.check_sum(host, count)
        self.assertEqual(0, host.stop())
        return host

    def check_sum(self, host, wanted):
        code, reply = host.ask(TYPE, "sum", "look")
        self.assertEqual((200, wanted), (code, reply["sum"]))

    def make_anew(self, topic, count):
        topics.delete(self.bootstrap, topic)
        topics.create(self.bootstrap, {topic: 1})
        self.produce_ones(topic, count)

    def test_goes_on_behind_the_last_record(self):
        host = self.begin("on", 40)
        self.produce_ones("on", 2)
        host.start_ready()
        self.assertEqual(2, host.wait_finished(2)["in_total"])
        self.check_sum(host, 42)

    def test_a_topic_made_anew_while_the_host_was_away(self):
        """It has more records than were read of the old one, and the same ones but for their time."""
        host = self.begin("anew", 40)
        self.make_anew("anew", 100)
        host.start()
        self.wait_unready(host, "anew/0", "offset 39", "made anew", "journal.directory")
        source = host.source()
        self.assertEqual(("held", 0), (source["state"], source["in_total"]))
        self.check_sum(host, 40)
        self.assertEqual(0, host.stop())

    def test_a_topic_made_anew_with_fewer_records(self):
        host = self.begin("fewer", 40)
        self.make_anew("fewer", 10)
        host.start()
        self.wait_unready(host, "fewer/0", "made anew")
        self.check_sum(host, 40)
        self.assertEqual(0, host.stop())

    def test_records_that_were_read_may_expire(self):
        host = self.begin("expired", 40)
        self.produce_ones("expired", 5)
        delete_records(self.bootstrap, "expired", {0: 40})
        host.start_ready()
        host.wait_finished(5)
        self.check_sum(host, 45)

    def test_records_that_were_not_read_may_not(self):
        host = self.begin("missed", 40)
        self.produce_ones("missed", 20)
        delete_records(self.bootstrap, "missed", {0: 50})
        host.start()
        self.wait_unready(host, "missed/0", "offsets 40 to 49", "lost_records")
        self.check_sum(host, 40)
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
