"""A broker that restarts, is gone, or is slow: the host waits, says so, and every record is finished once.

Records flow while the fault is made, so that fetches, outputs and commits are all in flight. The whole
outcome is compared record by record. SHOAL_TEST_LONG=1 leaves the broker away for a minute.
"""

import unittest

from confluent_kafka import KafkaError, KafkaException

import requirements
import topics
from host_case import LONG, HostCase, Quiet
from waiting import wait_until

GONE_SECONDS = 60 if LONG else 4
SLOW_SECONDS = 60 if LONG else 5


class BrokerFaults(HostCase):
    def begin(self, name):
        """A host that echoes a topic of its own, and records that flow."""
        self.topic, self.out, self.letters = name, f"{name}.out", f"{name}.dead-letters"
        topics.create(self.bootstrap, {self.topic: 3, self.out: 2, self.letters: 1})
        host = self.make_host(self.topic, out=self.out)
        host.start_ready()
        load = self.make_load(self.topic)
        host.wait(lambda: host.source()["done_total"] > 200, "records flow")
        return host, load

    def end(self, host, load):
        """All that was produced is finished, once and once only."""
        before = host.source()["done_total"]
        host.wait(lambda: host.source()["done_total"] > before, "records flow again")
        total = load.finish()
        source = host.wait_finished(total)
        self.assertEqual((total, 0), (source["done_total"], source["dead_letters_total"]))
        self.assertEqual(0, host.stop())
        self.check_each_once(self.topic, self.out, self.letters)
        self.assertEqual(total, sum(topics.committed(self.bootstrap, self.topic, self.topic).values()))

    def test_broker_restart(self):
        host, load = self.begin("restarted")
        self.broker.restart()
        self.wait_ready(host)
        self.end(host, load)

    def test_broker_gone(self):
        host, load = self.begin("gone")
        self.broker.kill()
        self.wait_unready(host, "kafka", "kafka.bootstrap_servers")
        Quiet(host).check(GONE_SECONDS)
        self.broker.start()
        self.wait_ready(host)
        self.end(host, load)

    def test_slow_broker(self):
        host, load = self.begin("slow")
        self.addCleanup(self.broker.resume)
        # While five requests of a producer are open and more records wait, librdkafka's sending thread spins.
        quiet = Quiet(host, but="rdk:broker1")
        self.broker.pause()
        self.wait_unready(host, "kafka", "kafka.bootstrap_servers")
        quiet.check(SLOW_SECONDS)
        self.broker.resume()
        self.wait_ready(host)
        self.end(host, load)

    def test_load_goes_on_after_a_fatal_error_of_its_producer(self):
        """What these tests and those of leader changes stand on."""
        topics.create(self.bootstrap, {"load": 1})
        load = self.make_load("load")
        wait_until(lambda: load.acknowledged > 50, "records are acknowledged")
        load.producer = FatalProducer(load.producer)
        wait_until(lambda: load.unsure > 0, "the producer has ended")
        before = load.acknowledged
        wait_until(lambda: load.acknowledged > before + 50, "another one goes on")
        self.assertEqual(load.finish(), load.acknowledged)
        self.assertEqual(FatalProducer.UNSURE, load.unsure)


class FatalProducer:
    """Takes no more records, and does not know of some that it has taken."""

    UNSURE = 3

    def __init__(self, producer):
        self.producer = producer

    def produce(self, *_, **__):
        raise KafkaException(KafkaError(KafkaError._FATAL, "made by the test", fatal=True))

    def flush(self, seconds):
        return self.UNSURE + self.producer.flush(seconds)


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
