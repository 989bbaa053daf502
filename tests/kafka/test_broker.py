"""The harness itself: a broker starts, takes and gives records, and keeps them over a restart and a kill."""

import unittest

import requirements
import topics
from broker import Broker


class RealBroker(unittest.TestCase):
    def test_records_outlive_a_restart_and_a_kill(self):
        with Broker() as broker:
            topics.create(broker.bootstrap, {"t": 3})
            topics.produce(broker.bootstrap, "t", [(b"key-%d" % n, b"value") for n in range(1000)])
            before = sorted(topics.read(broker.bootstrap, "t"))
            self.assertEqual(1000, len(before))
            broker.restart()
            self.assertEqual(before, sorted(topics.read(broker.bootstrap, "t")))
            broker.kill()
            broker.start()
            self.assertEqual(before, sorted(topics.read(broker.bootstrap, "t")))
            self.assertEqual({0: 0, 1: 0, 2: 0}, topics.committed(broker.bootstrap, "nobody", "t"))
        self.assertFalse(broker.folder.exists())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
