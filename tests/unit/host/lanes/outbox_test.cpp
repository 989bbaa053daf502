// Goal: records come out as they went in, a failed turn leaves nothing, and the bound holds. Method:
// hand-made records.

#include "host/lanes/outbox.hpp"

#include <gtest/gtest.h>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

OutboxRecord record(std::string_view key, std::string_view value,
                    std::span<const shoal_header> headers = {}) {
  return {3, 7, to_bytes(key), to_bytes(value), headers, 1'000};
}

TEST(OutboxTest, GivesBackWhatItTook) {
  Outbox outbox;
  const std::array headers{shoal_header{to_bytes("a"), to_bytes("1")},
                           shoal_header{to_bytes("b"), null_bytes}};
  ASSERT_TRUE(outbox.add(record("key", "value", headers)));
  ASSERT_TRUE(outbox.add({0, 0, null_bytes, null_bytes, {}, -1}));
  ASSERT_TRUE(outbox.add({0, 0, to_bytes(""), to_bytes(""), {}, -1}));
  const OutboxRecord first = outbox.front();
  EXPECT_EQ(first.output, 3U);
  EXPECT_EQ(first.tag, 7U);
  EXPECT_EQ(first.timestamp_ms, 1'000);
  EXPECT_EQ(to_view(first.key), "key");
  EXPECT_EQ(to_view(first.value), "value");
  ASSERT_EQ(first.headers.size(), 2U);
  EXPECT_EQ(to_view(first.headers[0].value), "1");
  EXPECT_TRUE(is_null(first.headers[1].value));
  outbox.pop();
  EXPECT_TRUE(is_null(outbox.front().key));
  EXPECT_TRUE(is_null(outbox.front().value));
  outbox.pop();
  EXPECT_FALSE(is_null(outbox.front().key));
  EXPECT_EQ(outbox.front().key.size, 0U);
  outbox.pop();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(OutboxTest, RollsBackToItsMark) {
  Outbox outbox;
  ASSERT_TRUE(outbox.add(record("kept", "1")));
  const Outbox::Mark mark = outbox.mark();
  const std::array headers{shoal_header{to_bytes("a"), to_bytes("1")}};
  ASSERT_TRUE(outbox.add(record("gone", "2", headers)));
  EXPECT_EQ(outbox.records_since(mark), 1U);
  outbox.roll_back(mark);
  EXPECT_EQ(outbox.records_since(mark), 0U);
  ASSERT_TRUE(outbox.add(record("next", "3")));
  outbox.pop();
  EXPECT_EQ(to_view(outbox.front().key), "next");
}

TEST(OutboxTest, RefusesWhatPassesTheBound) {
  Outbox outbox;
  const std::string half(outbox_bytes_max / 2, 'x');
  ASSERT_TRUE(outbox.add(record("", half)));
  EXPECT_FALSE(outbox.add(record("k", half)));
  ASSERT_TRUE(outbox.add(record("", half)));
  EXPECT_FALSE(outbox.add(record("k", "")));
}

TEST(OutboxTest, HugeDeclaredSizesDoNotWrapAround) {
  const std::uint8_t byte = 0;
  const shoal_bytes huge{&byte, UINT64_MAX};
  EXPECT_FALSE(fits({0, 0, huge, huge, {}, -1}, outbox_bytes_max));
  const std::array headers{shoal_header{huge, huge}};
  EXPECT_FALSE(fits({0, 0, null_bytes, null_bytes, headers, -1}, outbox_bytes_max));
}

}  // namespace
}  // namespace shoal::lanes
