// Goal: each kind of record comes back as it was, its bytes stay what they are, and no other bytes are taken
// for one. Method: records with a value in every field, encoded, cut and changed at every byte.
#include "journal/record_codec.hpp"
#include "journal/record_sums.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace shoal::journal {
namespace {

constexpr LogShard shard{TypeNumber(0x01020304), ShardId(5)};

std::string encoded(const RecordBody& body) {
  std::string bytes(encoded_bytes(body), '?');
  encode({shard, Epoch(6), Sequence(7), kind_of(body)}, body, bytes.data());
  sum_up(bytes, bytes.size(), 99);
  return bytes;
}

// What it is decoded to, encoded again: the same bytes mean the same fields.
void comes_back(const RecordBody& body) {
  const std::string bytes = encoded(body);
  ASSERT_EQ(length_at(bytes), bytes.size());
  ASSERT_TRUE(sums_hold(bytes, 99));
  RecordDecoder decoder;
  const auto record = decoder.decode(bytes);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record.value().header, (RecordHeader{shard, Epoch(6), Sequence(7), kind_of(body)}));
  EXPECT_EQ(encoded(record.value().body), bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    // With another length, another part of what follows would be summed up.
    ASSERT_FALSE(length_at(flipped) == flipped.size() && sums_hold(flipped, 99)) << "bit " << bit;
  }
  for (std::size_t size = record_header_bytes; size < bytes.size(); ++size) {
    ASSERT_FALSE(decoder.decode(bytes.substr(0, size))) << "cut to " << size;
  }
  ASSERT_FALSE(decoder.decode(bytes + '\0'));
}

constexpr std::array events = {Event{3, 1, "happened"}, Event{300, 70'000, ""}};
constexpr std::array sources = {
    SourcePosition{9, 2, 1LL << 40, 1LL << 39, 1'700'000'000'000, 0xfedcba98, 511},
    SourcePosition{1, -1, -1, std::numeric_limits<std::int64_t>::min(), 0}};
constexpr std::array headers = {Header{"id", "1"}, Header{"none", std::nullopt}};
const std::array emits = {Emit{"alerts", "key", std::nullopt, headers}, Emit{"alerts", std::nullopt, "", {}}};
constexpr std::array reminders = {Reminder{"N14228", "check", 1'700'000'060'000, "payload"},
                                  Reminder{"", "gone", reminder_cancelled, ""}};

Effects all_effects() {
  return {1'700'000'000'001, "1.2.3", sources, emits, reminders, EmitId{Sequence(4), 2}};
}

TEST(RecordCodecTest, EachKindComesBack) {
  constexpr std::array states = {StoredState{"a", 1, 2, "state"}, StoredState{"b", 1ULL << 63, 0, ""}};
  constexpr std::array ranges = {OffsetRange{7, 9}, OffsetRange{12, 13}};
  const std::array progress = {SourceProgress{sources[0], ranges}, SourceProgress{sources[1], {}}};
  const std::array pending = {PendingEmit{{Sequence(1), 0}, emits[0]},
                              PendingEmit{{Sequence(2), 7}, emits[1]}};
  constexpr std::array<std::string_view, 2> entities = {"a", ""};
  comes_back(Turn{"N14228", 12, 3, events, all_effects()});
  comes_back(Turn{});
  comes_back(States{states, all_effects()});
  comes_back(Snapshot{states[0], "1.2.3"});
  comes_back(CheckpointBegin{});
  comes_back(CheckpointPart{progress, pending, reminders});
  comes_back(CheckpointEnd{Sequence(1ULL << 50)});
  comes_back(Renew{EmitId{Sequence(3), 1}});
  comes_back(Renew{});
  comes_back(Closed{});
  comes_back(EntitiesStarted{entities});
  comes_back(EntitiesStopped{entities});
}

TEST(RecordCodecTest, TheFieldsAreThoseThatWereGiven) {
  const std::string bytes = encoded(Turn{"N14228", 12, 3, events, all_effects()});
  RecordDecoder decoder;
  const auto record = decoder.decode(bytes);
  ASSERT_TRUE(record);
  const Turn& turn = std::get<Turn>(record.value().body);
  EXPECT_EQ(turn.entity, "N14228");
  EXPECT_EQ(turn.revision, 12U);
  ASSERT_EQ(turn.events.size(), 2U);
  EXPECT_EQ(turn.events[1], events[1]);
  ASSERT_EQ(turn.effects.sources.size(), 2U);
  EXPECT_EQ(turn.effects.sources[1], sources[1]);
  ASSERT_EQ(turn.effects.emits.size(), 2U);
  EXPECT_EQ(turn.effects.emits[0].headers[1], headers[1]);
  EXPECT_EQ(turn.effects.emits[1].key, std::nullopt);
  EXPECT_EQ(turn.effects.emits[1].value, "");
  EXPECT_EQ(turn.effects.reminders[0], reminders[0]);
  EXPECT_EQ(turn.effects.emits_done, (EmitId{Sequence(4), 2}));
}

// The bytes are a file format: a change here breaks every journal that was ever written.
TEST(RecordCodecTest, TheBytesStayWhatTheyAre) {
  const std::string expected = std::string("\x26\0\0\0", 4) + "SUM!" + std::string("\6\0\0\0\0\0\0\0", 8) +
                               std::string("\7\0\0\0\0\0\0\0", 8) + "\4\3\2\1" + std::string("\5\0\0\0", 4) +
                               std::string("\6\0\0\0", 4) + "\xac\x02";
  std::string bytes = encoded(CheckpointEnd{Sequence(300)});
  bytes.replace(4, 4, "SUM!");
  EXPECT_EQ(bytes, expected);
}

TEST(RecordCodecTest, AnUnknownKindIsNamed) {
  std::string bytes = encoded(Closed{});
  bytes[32] = 11;
  EXPECT_EQ(header_of(bytes), std::nullopt);
  RecordDecoder decoder;
  EXPECT_FALSE(decoder.decode(bytes));
}

TEST(RecordCodecTest, ANumberIsWrittenInOneWayOnly) {
  std::string bytes = encoded(CheckpointEnd{Sequence(1)});
  bytes.back() = '\x81';
  bytes += '\0';
  RecordDecoder decoder;
  EXPECT_FALSE(decoder.decode(bytes)) << "a one in two bytes";
}

TEST(RecordCodecTest, ARecordOfAnotherEpochIsTheSameRecord) {
  std::string bytes = encoded(CheckpointEnd{Sequence(300)});
  set_epoch(bytes.data(), Epoch(8));
  EXPECT_FALSE(sums_hold(bytes, 99));
  sum_up(bytes, bytes.size(), 99);
  EXPECT_TRUE(sums_hold(bytes, 99));
  EXPECT_FALSE(sums_hold(bytes, 98)) << "in another place";
  EXPECT_EQ(header_of(bytes)->epoch, Epoch(8));
  EXPECT_EQ(header_of(bytes)->sequence, Sequence(7));
}

}  // namespace
}  // namespace shoal::journal
