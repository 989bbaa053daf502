"""Kafka's DeleteRecords by librdkafka itself: its Python client of these distributions has no call for it."""

import ctypes

TEXT_BYTES = 512
PRODUCER = 0
WAIT_MS = 30_000


def library():
    found = ctypes.CDLL("librdkafka.so.1")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    size = ctypes.c_size_t
    signatures = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, size]),
        "rd_kafka_new": (pointer, [number, pointer, text, size]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_queue_new": (pointer, [pointer]),
        "rd_kafka_queue_destroy": (None, [pointer]),
        "rd_kafka_queue_poll": (pointer, [pointer, number]),
        "rd_kafka_event_error": (number, [pointer]),
        "rd_kafka_event_destroy": (None, [pointer]),
        "rd_kafka_topic_partition_list_new": (pointer, [number]),
        "rd_kafka_topic_partition_list_destroy": (None, [pointer]),
        "rd_kafka_topic_partition_list_add": (pointer, [pointer, text, ctypes.c_int32]),
        "rd_kafka_topic_partition_list_set_offset": (number, [pointer, text, ctypes.c_int32, ctypes.c_int64]),
        "rd_kafka_DeleteRecords_new": (pointer, [pointer]),
        "rd_kafka_DeleteRecords_destroy": (None, [pointer]),
        "rd_kafka_DeleteRecords": (None, [pointer, pointer, size, pointer, pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(found, name)
        function.restype, function.argtypes = result, arguments
    return found


def delete_records(bootstrap, topic, before):
    """Deletes what is below the given offsets, {partition: offset}, and waits for it."""
    kafka = library()
    text = ctypes.create_string_buffer(TEXT_BYTES)
    conf = kafka.rd_kafka_conf_new()
    kafka.rd_kafka_conf_set(conf, b"bootstrap.servers", bootstrap.encode(), text, TEXT_BYTES)
    client = kafka.rd_kafka_new(PRODUCER, conf, text, TEXT_BYTES)
    queue = kafka.rd_kafka_queue_new(client)
    offsets = kafka.rd_kafka_topic_partition_list_new(len(before))
    for partition, offset in before.items():
        kafka.rd_kafka_topic_partition_list_add(offsets, topic.encode(), partition)
        kafka.rd_kafka_topic_partition_list_set_offset(offsets, topic.encode(), partition, offset)
    request = ctypes.c_void_p(kafka.rd_kafka_DeleteRecords_new(offsets))
    kafka.rd_kafka_DeleteRecords(client, ctypes.byref(request), 1, None, queue)
    event = kafka.rd_kafka_queue_poll(queue, WAIT_MS)
    failed = event is None or kafka.rd_kafka_event_error(event) != 0
    kafka.rd_kafka_event_destroy(event)
    kafka.rd_kafka_DeleteRecords_destroy(request)
    kafka.rd_kafka_topic_partition_list_destroy(offsets)
    kafka.rd_kafka_queue_destroy(queue)
    kafka.rd_kafka_destroy(client)
    if failed:
        raise RuntimeError(f"records of {topic} were not deleted")
