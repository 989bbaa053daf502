#include "host/kafka/partitioner.hpp"

#include <librdkafka/rdkafka.h>

#include "shoal/base/assert.hpp"

namespace shoal::kafka {

std::uint32_t partition_of(shoal_bytes key, std::uint32_t partition_count) {
  SHOAL_ASSERT(key.data != nullptr && partition_count > 0);
  // It looks at neither the topic handle nor the opaque pointers.
  return static_cast<std::uint32_t>(rd_kafka_msg_partitioner_murmur2(
      nullptr, key.data, key.size, static_cast<std::int32_t>(partition_count), nullptr, nullptr));
}

}  // namespace shoal::kafka
