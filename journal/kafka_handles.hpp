#pragma once
// RAII holders of librdkafka's handles, and how the journal's are made. Included by the sources of
// kafka_client and kafka_admin, and by host/kafka for the holders alone.

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "journal/kafka_options.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

template <auto destroy>
struct KafkaHandleDeleter {
  template <class Handle>
  void operator()(Handle* handle) const noexcept {
    destroy(handle);
  }
};

// A consumer has never joined a group, so there is nothing to leave: closing must not wait for a broker.
inline void destroy_kafka(rd_kafka_t* client) {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// Every other holder must be gone before its client's.
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaHandleDeleter<destroy_kafka>>;
using KafkaConfHandle = std::unique_ptr<rd_kafka_conf_t, KafkaHandleDeleter<rd_kafka_conf_destroy>>;
using KafkaQueueHandle = std::unique_ptr<rd_kafka_queue_t, KafkaHandleDeleter<rd_kafka_queue_destroy>>;
using KafkaTopicHandle = std::unique_ptr<rd_kafka_topic_t, KafkaHandleDeleter<rd_kafka_topic_destroy>>;
using KafkaMessageHandle = std::unique_ptr<rd_kafka_message_t, KafkaHandleDeleter<rd_kafka_message_destroy>>;
using KafkaEventHandle = std::unique_ptr<rd_kafka_event_t, KafkaHandleDeleter<rd_kafka_event_destroy>>;
using KafkaListHandle = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                        KafkaHandleDeleter<rd_kafka_topic_partition_list_destroy>>;
using KafkaDeleteHandle =
    std::unique_ptr<rd_kafka_DeleteRecords_t, KafkaHandleDeleter<rd_kafka_DeleteRecords_destroy>>;
using KafkaNewTopicHandle =
    std::unique_ptr<rd_kafka_NewTopic_t, KafkaHandleDeleter<rd_kafka_NewTopic_destroy>>;
using KafkaResourceHandle =
    std::unique_ptr<rd_kafka_ConfigResource_t, KafkaHandleDeleter<rd_kafka_ConfigResource_destroy>>;
using KafkaAdminOptionsHandle =
    std::unique_ptr<rd_kafka_AdminOptions_t, KafkaHandleDeleter<rd_kafka_AdminOptions_destroy>>;
using KafkaMetadataHandle =
    std::unique_ptr<const rd_kafka_metadata_t, KafkaHandleDeleter<rd_kafka_metadata_destroy>>;

// bad_config: librdkafka refuses a key or a value. `options` outlives the handles: log lines go there.
Result<KafkaHandle> make_kafka_producer(const KafkaClientOptions& options);
Result<KafkaHandle> make_kafka_consumer(const KafkaClientOptions& options);

}  // namespace shoal::journal
