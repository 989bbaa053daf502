// Goal: of a shard's records those of one entity are taken, in order, and the bound says where to go on.
// Method: one record of each kind, with the entity in it, with another one, and with its id in other places.
#include "journal/entity_records.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "journal/record_sums.hpp"

namespace shoal::journal {
namespace {

constexpr LogShard of_shard{TypeNumber(7), ShardId(5)};

// Records that follow each other.
class EntityRecordsTest : public testing::Test {
 protected:
  void add(const RecordBody& body) {
    std::string bytes(encoded_bytes(body), '\0');
    encode({of_shard, Epoch(2), Sequence(log_.size() + 1), kind_of(body)}, body, bytes.data());
    sum_up(bytes, bytes.size(), 0);
    log_.push_back(std::move(bytes));
  }
  void add_turn(std::string_view entity) { add(Turn{entity, 1, 1, {}, {}}); }

  Result<EntityRecords::Found> find(EntityRecords::Wanted wanted) const {
    EntityRecords records(std::move(wanted));
    for (const std::string& bytes : log_) records.record(of_shard, bytes);
    return records.take();
  }
  static std::vector<std::uint64_t> sequences_of(const EntityRecords::Found& found) {
    std::vector<std::uint64_t> sequences;
    for (const std::string& bytes : found.records) sequences.push_back(header_of(bytes)->sequence.value);
    return sequences;
  }

  std::vector<std::string> log_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(EntityRecordsTest, TakesWhatSaysOfTheEntityAndNothingElse) {
  constexpr std::array states = {StoredState{"a", 1, 1, "s"}, StoredState{"b", 1, 1, "b"}};
  constexpr std::array others = {StoredState{"a", 1, 1, "b"}};
  constexpr std::array own_reminder = {Reminder{"b", "r", 5, ""}};
  constexpr std::array reminder = {Reminder{"a", "b", 5, "b"}};
  constexpr std::array<std::string_view, 2> entities = {"a", "b"};
  constexpr std::array<std::string_view, 1> other = {"ab"};
  Effects reminds;
  reminds.reminders = own_reminder;
  Effects reminds_other;
  reminds_other.reminders = reminder;
  add_turn("b");                              // 1
  add_turn("a");                              // 2
  add_turn("bb");                             // 3
  add(States{states, {}});                    // 4
  add(States{others, {}});                    // 5
  add(States{others, reminds});               // 6
  add(States{others, reminds_other});         // 7
  add(Snapshot{states[1], "1"});              // 8
  add(Snapshot{others[0], "b"});              // 9
  add(CheckpointBegin{});                     // 10
  add(CheckpointPart{{}, {}, own_reminder});  // 11
  add(CheckpointEnd{Sequence(10)});           // 12
  add(EntitiesStarted{entities});             // 13
  add(EntitiesStarted{other});                // 14
  add(EntitiesStopped{entities});             // 15
  add(Renew{});                               // 16
  add(Closed{});                              // 17
  const auto found = find({"b", Sequence(1), 100, 1 << 20});
  ASSERT_TRUE(found);
  EXPECT_EQ(sequences_of(found.value()), (Numbers{1, 4, 6, 8, 13, 15}));
  EXPECT_FALSE(found.value().next);
  EXPECT_EQ(found.value().records[0], log_[0]);
}

TEST_F(EntityRecordsTest, TheBoundSaysWhereToGoOn) {
  for (int i = 0; i < 3; ++i) {
    add_turn("a");
    add_turn("b");
  }
  auto page = find({"b", Sequence(1), 2, 1 << 20});
  EXPECT_EQ(sequences_of(page.value()), (Numbers{2, 4}));
  EXPECT_EQ(page.value().next, Sequence(6));
  page = find({"b", *page.value().next, 2, 1 << 20});
  EXPECT_EQ(sequences_of(page.value()), (Numbers{6}));
  EXPECT_FALSE(page.value().next);
  page = find({"b", Sequence(3), 2, 1 << 20});
  EXPECT_EQ(sequences_of(page.value()), (Numbers{4, 6}));
  EXPECT_FALSE(page.value().next);
}

TEST_F(EntityRecordsTest, OneRecordIsTakenHoweverLongItIs) {
  const std::string text(1000, 'x');
  const std::array events = {Event{1, 1, text}};
  for (int i = 0; i < 3; ++i) add(Turn{"b", 1, 1, events, {}});
  auto page = find({"b", Sequence(1), 100, 10});
  EXPECT_EQ(sequences_of(page.value()), (Numbers{1}));
  EXPECT_EQ(page.value().next, Sequence(2));
  page = find({"b", Sequence(1), 100, 2 * log_[0].size()});
  EXPECT_EQ(sequences_of(page.value()), (Numbers{1, 2}));
  EXPECT_EQ(page.value().next, Sequence(3));
}

TEST_F(EntityRecordsTest, ARecordThatCannotBeReadIsAnError) {
  add_turn("b");
  add_turn("b");
  constexpr std::size_t kind_at = record_header_bytes - 4;
  log_[1][kind_at] = 99;
  const auto found = find({"b", Sequence(1), 100, 1 << 20});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::refused);
  EXPECT_TRUE(find({"nobody", Sequence(1), 100, 1 << 20})) << "it need not be read";
}

}  // namespace
}  // namespace shoal::journal
