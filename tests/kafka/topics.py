"""What tests do with topics and groups beside the host under test, through librdkafka's Python client."""

import collections

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from waiting import wait_until

Record = collections.namedtuple("Record", "partition offset key value headers")


def admin(bootstrap):
    return AdminClient({"bootstrap.servers": bootstrap})


def create(bootstrap, partitions_of, config=None, replicas=1):
    """Creates topics, {name: partition count}, and waits until all are there."""
    wanted = [NewTopic(name, count, replicas, config=config or {}) for name, count in partitions_of.items()]
    client = admin(bootstrap)
    for future in client.create_topics(wanted).values():
        future.result()


def add_partitions(bootstrap, topic, total):
    client = admin(bootstrap)
    for future in client.create_partitions([NewPartitions(topic, total)]).values():
        future.result()


def delete(bootstrap, topic):
    client = admin(bootstrap)
    for future in client.delete_topics([topic]).values():
        future.result()


def alter(bootstrap, topic, config):
    client = admin(bootstrap)
    for future in client.alter_configs([ConfigResource("topic", topic, set_config=config)]).values():
        future.result()


def partition_count(bootstrap, topic):
    return len(admin(bootstrap).list_topics(topic, timeout=10).topics[topic].partitions)


def producer(bootstrap):
    """As the project's own producers are: Java's partitioner, nothing lost, nothing doubled."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "linger.ms": 5,
            "log_level": 2,
        }
    )


def produce(bootstrap, topic, records):
    """Sends (key, value) or (key, value, partition) and waits for every acknowledgement."""
    failures = []

    def on_delivery(error, _):
        if error:
            failures.append(error)

    one = producer(bootstrap)
    for count, (key, value, *partition) in enumerate(records, 1):
        options = {"partition": partition[0]} if partition else {}
        one.produce(topic, key=key, value=value, on_delivery=on_delivery, **options)
        if count % 50_000 == 0:
            one.flush(60)
    if one.flush(60) or failures:
        raise RuntimeError(f"{topic}: not all records were acknowledged: {failures[:3]}")


def commit(bootstrap, group, topic, offsets):
    """Sets a group's offsets, {partition: offset}, as Kafka's tools do."""
    one = consumer(bootstrap, group)
    wanted = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
    one.commit(offsets=wanted, asynchronous=False)
    one.close()


def consumer(bootstrap, group):
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_uncommitted",
            "fetch.wait.max.ms": 50,
        }
    )


def watermarks(bootstrap, topic):
    """{partition: high watermark}"""
    one = consumer(bootstrap, "shoal-tests-look")
    try:
        count = partition_count(bootstrap, topic)
        return {p: one.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in range(count)}
    finally:
        one.close()


def read(bootstrap, topic, start=None):
    """Every record from `start` ({partition: offset}, default all from 0) to the end when it is met."""
    one = consumer(bootstrap, "shoal-tests-look")
    count = partition_count(bootstrap, topic)
    one.assign([TopicPartition(topic, p, (start or {}).get(p, 0)) for p in range(count)])
    found, open_partitions = [], set(range(count))
    try:
        while open_partitions:
            for message in one.consume(10_000, timeout=0.2):
                if message.error() is None:
                    headers = dict(message.headers() or [])
                    found.append(
                        Record(message.partition(), message.offset(), message.key(), message.value(), headers)
                    )
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
                else:
                    raise KafkaException(message.error())
    finally:
        one.close()
    return found


def committed(bootstrap, group, topic):
    """{partition: next offset}; 0 where the group has committed none."""
    one = consumer(bootstrap, group)
    asked = [TopicPartition(topic, p) for p in range(partition_count(bootstrap, topic))]
    errors = []

    def answers():
        # A broker that has just started, or is asked for its first group, is no coordinator yet.
        try:
            return one.committed(asked, timeout=10)
        except KafkaException as error:
            errors.append(error)
            return None

    try:
        found = wait_until(answers, lambda: f"the offsets of group {group}: {errors[-1]}", 60, every=0.1)
        return {answer.partition: max(answer.offset, 0) for answer in found}
    finally:
        one.close()
