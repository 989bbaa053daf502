#pragma once
// Which partition a key belongs to: Kafka's own murmur2 partitioner, the one hash of sources, sinks and
// entity ids.

#include <cstdint>

#include "shoal/abi/base.h"

namespace shoal::kafka {

// The partition that Java's default partitioner and librdkafka's `murmur2_random` choose for a key.
// [any-thread] Requires: `key` is not null (an empty key is hashed), `partition_count` > 0.
std::uint32_t partition_of(shoal_bytes key, std::uint32_t partition_count);

}  // namespace shoal::kafka
