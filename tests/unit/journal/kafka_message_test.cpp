// Goal: a message says what it was told, and nothing else is taken for one. Method: every kind there and
// back; every byte flipped; every length.
#include "journal/kafka_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"
#include "journal/record_codec.hpp"

namespace shoal::journal {
namespace {

using testing::HasSubstr;

KafkaHead claim_head() {
  return {KafkaMessageKind::claim,
          {1, 2, 3},
          {TypeNumber(7), ShardId(3)},
          {},
          OwnerId(9),
          {4, 5},
          6,
          {},
          0,
          2'500};
}

std::string message_of(KafkaHead head, std::initializer_list<RecordBody> bodies) {
  std::string bytes(kafka_head_bytes, '\0');
  for (const RecordBody& body : bodies) {
    const std::size_t at = bytes.size();
    bytes.resize(at + encoded_bytes(body));
    encode({head.shard, head.epoch, Sequence(head.first.value + head.count++), kind_of(body)}, body,
           bytes.data() + at);
  }
  seal_kafka_message(head, bytes);
  return bytes;
}

KafkaHead records_head(std::uint64_t first) {
  KafkaHead head = claim_head();
  head.kind = KafkaMessageKind::records;
  head.epoch = Epoch(11);
  head.first = Sequence(first);
  return head;
}

std::string refusal(std::string_view bytes) {
  const auto message = decode_kafka_message(bytes);
  EXPECT_FALSE(message);
  return message ? "" : message.error().message;
}

// A message whose sum holds, with another number at a place.
std::string changed(std::string bytes, std::size_t at, std::uint32_t number) {
  store(bytes.data() + at, number);
  store(bytes.data() + 4, crc32c(std::string_view(bytes).substr(8)));
  return bytes;
}

TEST(KafkaMessageTest, AClaimGoesThereAndBack) {
  const KafkaHead head = claim_head();
  const std::string bytes = message_of(head, {});
  const auto message = decode_kafka_message(bytes);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message.value().head, head);
  EXPECT_EQ(message.value().marks, KafkaMarks{});
  EXPECT_EQ(message.value().records, "");
}

TEST(KafkaMessageTest, RecordsGoThereAndBackWithWhatMatters) {
  const std::string bytes =
      message_of(records_head(20), {CheckpointBegin{}, Renew{}, CheckpointEnd{Sequence(20)}, Closed{}});
  const auto message = decode_kafka_message(bytes);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message.value().head.first, Sequence(20));
  EXPECT_EQ(message.value().head.count, 4U);
  KafkaMarks marks;
  marks.begins_checkpoint = Sequence(20);
  marks.ends_checkpoint = Sequence(20);
  marks.closes = true;
  EXPECT_EQ(message.value().marks, marks);
  KafkaMarks noted;
  note(noted, Sequence(20), CheckpointBegin{});
  note(noted, Sequence(22), CheckpointEnd{Sequence(20)});
  note(noted, Sequence(23), Closed{});
  EXPECT_EQ(noted, marks);
}

TEST(KafkaMessageTest, NoFlippedByteAndNoOtherLengthIsBelieved) {
  const std::string bytes = message_of(records_head(1), {Renew{}, Closed{}});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    EXPECT_FALSE(decode_kafka_message(flipped)) << at;
    EXPECT_FALSE(decode_kafka_message(std::string_view(bytes).substr(0, at))) << at;
  }
  EXPECT_FALSE(decode_kafka_message(bytes + "x"));
}

TEST(KafkaMessageTest, WhatIsNotOursIsNamed) {
  EXPECT_THAT(refusal(""), HasSubstr("somebody else writes"));
  EXPECT_THAT(refusal(std::string(200, 'x')), HasSubstr("somebody else writes"));
  const std::string records = message_of(records_head(1), {Renew{}});
  EXPECT_THAT(refusal(changed(records, 8, 2)), HasSubstr("another version"));
  EXPECT_THAT(refusal(changed(records, 12, 4)), HasSubstr("kind that this version"));
  EXPECT_THAT(refusal(changed(records, 12, 2)), HasSubstr("its kind does not have"));
  EXPECT_THAT(refusal(changed(records, 88, 2)), HasSubstr("not as many records"));
  EXPECT_THAT(refusal(changed(records, 80, 2)), HasSubstr("not of its epoch"));
  EXPECT_THAT(refusal(changed(records, kafka_head_bytes, 400)), HasSubstr("cut short"));
  EXPECT_THAT(refusal(changed(records, kafka_head_bytes + 32, 99)), HasSubstr("kind that this version"));
  EXPECT_THAT(refusal(message_of(claim_head(), {Renew{}})), HasSubstr("its kind does not have"));
  std::string end = message_of(records_head(1), {CheckpointEnd{Sequence(1)}});
  end.back() = static_cast<char>(0x80);
  store(end.data() + 4, crc32c(std::string_view(end).substr(8)));
  EXPECT_THAT(refusal(end), HasSubstr("names no begin"));
}

}  // namespace
}  // namespace shoal::journal
