#pragma once
// RAII holders of every librdkafka handle: the journal's under this folder's names, and those that only this
// folder has. Private to it: no other header includes it but its own sources'.

#include <librdkafka/rdkafka.h>

#include <memory>

#include "journal/kafka_handles.hpp"

namespace shoal::kafka {

template <auto destroy>
using HandleDeleter = journal::KafkaHandleDeleter<destroy>;

// Every other holder must be gone before its client's.
using ClientHandle = journal::KafkaHandle;
using ConfHandle = journal::KafkaConfHandle;
using QueueHandle = journal::KafkaQueueHandle;
using TopicHandle = journal::KafkaTopicHandle;
using MessageHandle = journal::KafkaMessageHandle;
using HeadersHandle = std::unique_ptr<rd_kafka_headers_t, HandleDeleter<rd_kafka_headers_destroy>>;
using EventHandle = journal::KafkaEventHandle;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, HandleDeleter<rd_kafka_error_destroy>>;
using PartitionListHandle = journal::KafkaListHandle;
using MetadataHandle = journal::KafkaMetadataHandle;
using AdminOptionsHandle = journal::KafkaAdminOptionsHandle;
using NewTopicHandle = journal::KafkaNewTopicHandle;

}  // namespace shoal::kafka
