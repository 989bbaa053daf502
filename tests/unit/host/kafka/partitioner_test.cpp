// Goal: keys go where Java's producer puts them. Method: the hash values of Kafka's own UtilsTest, as
// numbers.

#include "host/kafka/partitioner.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "shoal/base/bytes.hpp"

namespace shoal::kafka {
namespace {

struct Vector {
  std::string_view key;
  std::int32_t murmur2;
};

constexpr Vector vectors[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
};

TEST(Partitioner, AgreesWithJavaForEveryPartitionCount) {
  for (const Vector& vector : vectors) {
    const std::uint32_t positive = static_cast<std::uint32_t>(vector.murmur2) & 0x7fffffffu;
    for (const std::uint32_t partition_count : {1u, 2u, 3u, 8u, 12u, 100u, 1000u}) {
      EXPECT_EQ(partition_of(to_bytes(vector.key), partition_count), positive % partition_count)
          << vector.key << " of " << partition_count;
    }
  }
}

TEST(Partitioner, HashesAnEmptyKey) {
  constexpr std::uint32_t hash_of_nothing = 275646681;  // Utils.murmur2(new byte[0])
  EXPECT_EQ(partition_of(to_bytes(""), 1000), hash_of_nothing % 1000);
}

TEST(PartitionerDeathTest, RefusesANullKey) { EXPECT_DEATH(partition_of(null_bytes, 8), "assertion failed"); }

}  // namespace
}  // namespace shoal::kafka
