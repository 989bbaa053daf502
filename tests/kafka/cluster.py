"""Three real Kafka brokers on free loopback ports; the first of them is the only controller.

    with Cluster() as cluster:
        cluster.leader("flights", 0).kill()
        cluster.start_all()

Topics have a replica on each broker and take a record when two of them have it.
"""

import functools

from broker import HEAP, Broker
from waiting import wait_until

SMALL_HEAP = ["-Xms64m", "-Xmx256m", *HEAP[2:]]
SETTINGS = {
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "offsets.topic.replication.factor": 3,
    "transaction.state.log.replication.factor": 3,
}


class Cluster:
    def __init__(self):
        first = Broker(SETTINGS, heap=SMALL_HEAP)
        self.brokers = [first]
        for node in (2, 3):
            other = {
                **SETTINGS,
                "controller.quorum.voters": f"1@127.0.0.1:{first.controller}",
                "process.roles": "broker",
                "node.id": node,
                "listeners": "PLAINTEXT://127.0.0.1:{port}",
            }
            self.brokers.append(Broker(other, heap=SMALL_HEAP))
        self.bootstrap = ",".join(broker.bootstrap for broker in self.brokers)

    def start_all(self):
        """Starts those that do not run, at the same time, and waits until all belong to the cluster."""
        stopped = [broker for broker in self.brokers if broker.process is None]
        for broker in stopped:
            broker.launch()
        for broker in self.brokers:
            found = functools.partial(broker.answers, len(self.brokers))
            wait_until(found, "the brokers find each other", 180, every=0.2)
        return self

    def leader(self, topic, partition):
        from confluent_kafka.admin import AdminClient

        quiet = {"bootstrap.servers": self.bootstrap, "log_level": 0}
        found = AdminClient(quiet).list_topics(topic, timeout=10).topics[topic].partitions[partition]
        return self.brokers[found.leader - 1]

    def close(self):
        for broker in self.brokers:
            broker.close()

    def __enter__(self):
        try:
            return self.start_all()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()
