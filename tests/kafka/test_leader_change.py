"""Three brokers: leaders change and brokers die under the host; every record is finished once and once only.

Outputs that Kafka cannot take for a while (too few replicas) are kept, said in `/readyz`, and arrive later.
"""

import unittest

import requirements
import topics
from cluster import Cluster
from host_case import LONG, HostCase, Quiet, records


class LeaderChange(HostCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.bootstrap = cls.cluster.start_all().bootstrap

    def setUp(self):
        self.cluster.start_all()

    def begin(self, topic, **source):
        self.topic, self.out, self.letters = topic, f"{topic}.out", f"{topic}.dead-letters"
        topics.create(self.bootstrap, {self.topic: 3}, {"min.insync.replicas": "1"}, replicas=3)
        topics.create(self.bootstrap, {self.out: 3, self.letters: 1}, replicas=3)
        host = self.make_host(topic, out=self.out, **source)
        host.start_ready()
        return host

    def end(self, host, total):
        source = host.wait_finished(total)
        self.assertEqual((total, 0), (source["done_total"], source["dead_letters_total"]))
        self.assertEqual(0, host.stop())
        self.check_each_once(self.topic, self.out, self.letters)
        self.assertEqual(total, sum(topics.committed(self.bootstrap, self.topic, self.topic).values()))

    def test_leaders_change(self):
        """A broker that leads something dies and comes back; with SHOAL_TEST_LONG=1 one after another."""
        host = self.begin("led")
        load = self.make_load("led")
        host.wait(lambda: host.source()["done_total"] > 200, "records flow")
        for broker in self.cluster.brokers[1:] if LONG else [self.follower_of_controller()]:
            broker.kill()
            before = host.source()["in_total"]
            host.wait(lambda more=before + 300: host.source()["done_total"] > more, "records flow again")
            self.cluster.start_all()
        self.wait_ready(host)
        self.end(host, load.finish())

    def follower_of_controller(self):
        """A broker that leads a partition of the source's topic and is not the controller."""
        leaders = [self.cluster.leader(self.topic, partition) for partition in range(3)]
        return next(broker for broker in leaders if broker is not self.cluster.brokers[0])

    def test_too_few_replicas(self):
        host = self.begin("few", in_flight_records_max=100)
        self.produce("few", records(50))
        host.wait_finished(50)
        for broker in self.cluster.brokers[1:]:
            broker.kill()
        self.produce("few", records(550, first=50))
        quiet = Quiet(host)
        self.wait_unready(host, "outputs", f"topic {self.out}", "min.insync.replicas")
        quiet.check(12)
        self.cluster.start_all()
        self.wait_ready(host)
        self.end(host, 600)


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
