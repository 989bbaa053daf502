"""Goal: leaders of a journal's partitions change under asks, and nothing that was answered is lost. Method:
three real brokers, of which two have each record; one that leads some of the partitions is killed, again and
again, and comes back."""

import unittest

import requirements
import test_journal
from cluster import Cluster


class LeaderKilled(test_journal.UnderAsks, unittest.TestCase):
    make_broker = Cluster

    def test_leaders_are_killed_and_come_back(self):
        self.led = []
        self.ask_through(self.kill_a_leader)
        self.assertTrue(self.led)

    def kill_a_leader(self):
        """Not of the broker that is the controller, too."""
        topic = f"{self.prefix}{next(iter(test_journal.test_durable.TYPES))}"
        leaders = [self.broker.leader(topic, partition) for partition in range(test_journal.SHARDS)]
        broker = next(each for each in leaders if each is not self.broker.brokers[0])
        self.led.append(broker)
        broker.kill()
        self.broker.start_all()


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
