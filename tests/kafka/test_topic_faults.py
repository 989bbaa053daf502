"""A topic changes under the host: records that are gone, a topic made anew, several topics, several types.

What was never read and is gone is said by name with its range; nothing of it is passed over unsaid.
"""

import unittest

import requirements
import shoal_host
import topics
from delete_records import delete_records
from host_case import HostCase, Quiet, records, wait_source
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


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
