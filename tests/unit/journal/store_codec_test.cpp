// Goal: values of the state store are what was put in, or damaged; keys have the order of what they name.
// Method: every byte of small values flipped, every length cut; keys compared.
#include "journal/store_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace shoal::journal {
namespace {

constexpr LogShard kShard{TypeNumber(0x80000001), ShardId(0x01ff)};

// Every value that differs in one bit, and each that is cut.
void expect_damaged(const std::string& value, const std::function<bool(std::string_view)>& is_read) {
  EXPECT_TRUE(is_read(value));
  for (std::size_t at = 0; at < value.size(); ++at) {
    EXPECT_FALSE(is_read(std::string_view(value).substr(0, at)));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = value;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      EXPECT_FALSE(is_read(flipped)) << "byte " << at << " bit " << bit;
    }
  }
  EXPECT_FALSE(is_read(value + '\0'));
}

TEST(StoreCodecTest, AStateIsReadAsItWasWritten) {
  const std::string entity("a\0b\xff", 4);
  const std::string key = state_key(kShard, entity);
  EXPECT_EQ(entity_of(key), entity);
  const StoredState state{entity, UINT64_MAX, UINT32_MAX, std::string_view("\0state", 6)};
  const std::string value = state_value(key, state);
  EXPECT_EQ(state_of(key, value), state);
  expect_damaged(value, [&](std::string_view bytes) { return state_of(key, bytes).has_value(); });
}

TEST(StoreCodecTest, AValueUnderAnotherKeyIsDamaged) {
  const std::string key = state_key(kShard, "a");
  const std::string value = state_value(key, {"a", 1, 1, "state"});
  EXPECT_FALSE(state_of(state_key(kShard, "b"), value));
  const LogShard other{kShard.type, ShardId(0)};
  EXPECT_FALSE(mark_of(other, mark_value(kShard, {Epoch(1), OwnerId(2), Sequence(3), {}, {}})));
}

TEST(StoreCodecTest, AMarkIsReadAsItWasWritten) {
  const StoreMark mark{Epoch(3), OwnerId(UINT64_MAX), Sequence(1'000'000), Sequence(5), Sequence(9)};
  const std::string value = mark_value(kShard, mark);
  EXPECT_EQ(mark_of(kShard, value), mark);
  expect_damaged(value, [](std::string_view bytes) { return mark_of(kShard, bytes).has_value(); });
}

TEST(StoreCodecTest, AVersionIsReadAsItWasWritten) {
  const std::string value = version_value();
  EXPECT_TRUE(is_version(value));
  expect_damaged(value, [](std::string_view bytes) { return is_version(bytes); });
}

TEST(StoreCodecTest, KeysHaveTheOrderOfTypeShardAndEntity) {
  const auto numbered = [](std::uint32_t type, std::uint32_t number) {
    return LogShard{TypeNumber(type), ShardId(number)};
  };
  const std::string last(1024, '\xff');
  std::vector<std::string> keys = {version_key(), mark_key(numbered(0, 0)),
                                   mark_key(numbered(UINT32_MAX, UINT32_MAX))};
  for (const LogShard each : {numbered(1, 0), numbered(1, 255), numbered(1, 256), numbered(1, UINT32_MAX),
                              numbered(256, 0), numbered(UINT32_MAX, UINT32_MAX)}) {
    for (const std::string& entity : {std::string("\0", 1), std::string("a"), std::string("ab"), last}) {
      keys.push_back(state_key(each, entity));
      EXPECT_LT(states_begin(each), keys.back());
      EXPECT_LT(keys.back(), states_end(each));
    }
  }
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(states_end(numbered(1, UINT32_MAX)), states_begin(numbered(2, 0)));
}

}  // namespace
}  // namespace shoal::journal
