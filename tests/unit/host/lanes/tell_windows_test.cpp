// Goal: windows number tells without gaps, send again what is due and counts, stay within their bounds and
// are the same again after the log was read. Method: times by hand.

#include "host/lanes/tell_windows.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal::lanes {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr ShardId kShard{3};

class TellWindowsTest : public testing::Test {
 protected:
  TellWindows::Window& add(const std::string& body, std::int64_t now_ns = 0, ShardId shard = kShard) {
    TellWindows::Window& window = windows_.add("purse", shard, {"a", "coins", body, {}, {}, {}}, 77, now_ns);
    window.queue.set_emit_id(window.queue.size() - 1, {journal::Sequence{++sequence_}, 0});
    return window;
  }
  TellTarget target(ShardId shard = kShard) const { return {number_of_sink("purse"), shard}; }
  bool acknowledge(const TellWindows::Window& window, std::uint64_t number, std::int64_t now_ns,
                   bool again = false) {
    return windows_.acknowledge(target(window.shard), window.source, number, again, now_ns);
  }
  // The bodies of those that are sent again.
  std::vector<std::string> resent(std::int64_t now_ns) { return resent(now_ns, sequence_); }
  std::vector<std::string> resent(std::int64_t now_ns, std::uint64_t counted) {
    std::vector<std::string> bodies;
    windows_.resend(now_ns, counted, [&](const TellWindows::Window&, const StoredTell& tell, std::uint64_t) {
      bodies.emplace_back(*tell.body);
      return true;
    });
    return bodies;
  }

  SourcePositions positions_;
  std::size_t holding_ = 0;
  TellWindows windows_{"chest", positions_, {}, holding_};
  std::uint64_t sequence_ = 0;
};

using Bodies = std::vector<std::string>;

TEST_F(TellWindowsTest, LogsNumberASinkByItsName) {
  EXPECT_EQ(number_of_sink("purse"), journal::type_number("entity:purse").value);
}

TEST_F(TellWindowsTest, NumbersEachWindowFromZero) {
  EXPECT_EQ(add("1").next(), 1U);
  EXPECT_EQ(add("2").next(), 2U);
  EXPECT_EQ(add("3", 0, ShardId{1}).next(), 1U);
  EXPECT_EQ(windows_.size(), 3U);
  EXPECT_EQ(add("4").queue.at(2).place, "3/2/77");
}

TEST_F(TellWindowsTest, SendsAgainAfterASecondThenLessOften) {
  add("1");
  add("2", kSecondNs / 2);
  EXPECT_EQ(resent(kSecondNs - 1), Bodies{});
  EXPECT_EQ(resent(kSecondNs), (Bodies{"1", "2"}));
  EXPECT_EQ(resent(2 * kSecondNs - 1), Bodies{});
  EXPECT_EQ(resent(2 * kSecondNs), (Bodies{"1", "2"}));
  EXPECT_EQ(resent(4 * kSecondNs - 1), Bodies{});
  EXPECT_EQ(resent(4 * kSecondNs), (Bodies{"1", "2"}));
  std::int64_t now_ns = 4 * kSecondNs;
  for (int i = 0; i < 10; ++i) resent(now_ns += 30 * kSecondNs);
  EXPECT_EQ(resent(now_ns + 30 * kSecondNs - 1), Bodies{}) << "30 seconds is the longest";
  EXPECT_EQ(resent(now_ns + 30 * kSecondNs), (Bodies{"1", "2"}));
}

TEST_F(TellWindowsTest, AnAcknowledgementTakesOutAllBelowAndBeginsThePausesAnew) {
  TellWindows::Window& window = add("1");
  add("2");
  resent(kSecondNs);
  EXPECT_TRUE(acknowledge(window, 1, 3 * kSecondNs));
  EXPECT_EQ(windows_.size(), 1U);
  EXPECT_EQ(resent(4 * kSecondNs - 1), Bodies{});
  EXPECT_EQ(resent(4 * kSecondNs), Bodies{"2"});
  EXPECT_TRUE(acknowledge(window, 1, 4 * kSecondNs)) << "the same once more changes nothing";
  EXPECT_TRUE(acknowledge(window, 0, 4 * kSecondNs)) << "nor does an older one";
  EXPECT_TRUE(acknowledge(window, 2, 4 * kSecondNs));
  EXPECT_EQ(windows_.size(), 0U);
  EXPECT_EQ(windows_.bytes(), 0U);
}

TEST_F(TellWindowsTest, OneThatIsWantedAgainIsDueAtOnce) {
  TellWindows::Window& window = add("1");
  EXPECT_TRUE(acknowledge(window, 0, 5, true));
  EXPECT_EQ(resent(5), Bodies{"1"});
}

TEST_F(TellWindowsTest, AnAcknowledgementOfOthersIsNotBelieved) {
  TellWindows::Window& window = add("1");
  EXPECT_FALSE(windows_.acknowledge(target(ShardId{9}), window.source, 1, false, 0));
  EXPECT_FALSE(windows_.acknowledge(target(), window.source + 1, 1, false, 0));
  EXPECT_FALSE(acknowledge(window, 2, 0)) << "nobody has sent that one";
  EXPECT_EQ(windows_.size(), 1U);
}

TEST_F(TellWindowsTest, WhatDoesNotCountIsNotSentAgain) {
  add("1");
  add("2");
  EXPECT_EQ(resent(kSecondNs, 0), Bodies{});
  EXPECT_EQ(resent(2 * kSecondNs, 1), Bodies{"1"});
  windows_.add("purse", kShard, {"a", "coins", "no record yet", {}, {}, {}}, 77, 0);
  EXPECT_EQ(resent(3 * kSecondNs), (Bodies{"1", "2"}));
}

TEST_F(TellWindowsTest, OneThatIsTakenBackLeavesItsNumberToTheNext) {
  add("1");
  TellWindows::Window& window = add("2");
  windows_.take_back(window);
  EXPECT_EQ(window.next(), 1U);
  EXPECT_EQ(add("3").queue.at(1).place, "3/1/77");
}

TEST_F(TellWindowsTest, AWindowHasRoomForSoManyAndSoMuch) {
  EXPECT_TRUE(windows_.has_room(target(), tell_window_max, 0));
  EXPECT_FALSE(windows_.has_room(target(), tell_window_max + 1, 0));
  EXPECT_TRUE(windows_.has_room(target(), 1, tell_window_bytes_max));
  EXPECT_FALSE(windows_.has_room(target(), 1, tell_window_bytes_max + 1));
  const std::string large(tell_window_bytes_max - 100, 'x');
  add(large);
  EXPECT_FALSE(windows_.has_room(target(), 1, 100));
  for (std::uint32_t shard = 10; shard < 16; ++shard) add(large, 0, ShardId{shard});
  EXPECT_TRUE(windows_.has_room(target(ShardId{30}), 1, 100'000));
  add(large, 0, ShardId{16});
  EXPECT_FALSE(windows_.has_room(target(ShardId{30}), 1, 100'000)) << "all of the shard";
}

TEST_F(TellWindowsTest, AHalfFullWindowHoldsWhileItMovesAndASecondLonger) {
  for (std::size_t i = 0; i < tell_window_max / 2; ++i) add("1", 5);
  EXPECT_TRUE(windows_.holds());
  EXPECT_EQ(holding_, 1U);
  TellWindows::Window& window = add("1", 5);
  EXPECT_TRUE(acknowledge(window, 1, 5 + kSecondNs / 2));
  resent(5 + kSecondNs);
  EXPECT_TRUE(windows_.holds());
  resent(5 + kSecondNs / 2 + kSecondNs);
  EXPECT_FALSE(windows_.holds()) << "nothing moves any more";
  EXPECT_EQ(holding_, 0U);
  EXPECT_TRUE(acknowledge(window, 2, 3 * kSecondNs));
  EXPECT_FALSE(windows_.holds()) << "it is less than half full";
  add("1", 3 * kSecondNs);
  EXPECT_TRUE(windows_.holds());
  windows_.clear();
  EXPECT_EQ(holding_, 0U);
}

// What a log has of it is read again.
TEST_F(TellWindowsTest, IsTheSameAgainAfterTheLogWasRead) {
  for (const char* body : {"1", "2", "3", "4"}) add(body);
  TellWindows::Window& window = add("5");
  EXPECT_TRUE(acknowledge(window, 2, 0));
  const auto note = windows_.take_note();
  ASSERT_TRUE(note.has_value());
  EXPECT_FALSE(windows_.take_note().has_value());
  SourcePositions read;
  read.add(note->source, Partition{note->partition}, {Offset{note->offset}, note->timestamp_ms, note->crc},
           Offset{note->finished_below});
  std::size_t holding = 0;
  TellWindows next("chest", read, {}, holding);
  std::vector<journal::Header> headers;
  headers.reserve(8 * tell_headers_max);
  windows_.for_each([&](const TellWindows::Window& each, std::size_t index) {
    const StoredTell tell = each.queue.at(index);
    const std::size_t first = headers.size();
    add_headers(tell, headers);
    const journal::Emit emit{each.sink, tell.id, tell.body, std::span(headers).subspan(first), -1};
    EXPECT_TRUE(next.replay(each.queue.emit_id(index), emit));
    EXPECT_TRUE(next.replay(each.queue.emit_id(index), emit)) << "a checkpoint says it once more";
  });
  EXPECT_FALSE(next.replay({}, {"alerts", "a", "b", {}, -1})) << "an emit for Kafka";
  next.recovered();
  EXPECT_EQ(next.size(), 3U);
  EXPECT_EQ(next.bytes(), windows_.bytes());
  Bodies bodies;
  next.resend(1, sequence_,
              [&](const TellWindows::Window& each, const StoredTell& tell, std::uint64_t number) {
                EXPECT_EQ(each.source, window.source);
                EXPECT_EQ(each.first, 2U);
                bodies.push_back(std::string(*tell.body) + "=" + std::to_string(number));
                return true;
              });
  EXPECT_EQ(bodies, (Bodies{"3=2", "4=3", "5=4"}));
  EXPECT_EQ(next.add("purse", kShard, {"a", "coins", "6", {}, {}, {}}, 99, 0).next(), 6U);
}

// A checkpoint has said how far it was, and nothing waited.
TEST_F(TellWindowsTest, GoesOnWithItsNumbersWhereNothingWaited) {
  TellWindows::Window& window = add("1");
  const std::uint32_t source = window.source;
  EXPECT_TRUE(acknowledge(window, 1, 0));
  windows_.say(positions_);
  windows_.clear();
  windows_.recovered();
  TellWindows::Window& again = add("2");
  EXPECT_EQ(again.first, 1U);
  EXPECT_EQ(again.source, source);
  EXPECT_EQ(again.queue.at(0).place, "3/1/77");
}

TEST_F(TellWindowsTest, AnotherLogIsAnotherSource) {
  const std::uint32_t source = add("1").source;
  windows_.clear();
  EXPECT_NE(windows_.add("purse", kShard, {"a", "coins", "1", {}, {}, {}}, 78, 0).source, source);
}

TEST_F(TellWindowsTest, APlaceThatCannotBeReadIsNone) {
  for (const char* place : {"", "3", "3/1", "3/1/", "3/1/7x", "x/1/7", "99999999999/1/7", "3//7"}) {
    const std::vector<journal::Header> headers{{"shoal-message", "coins"}, {"shoal-tell", place}};
    EXPECT_FALSE(windows_.replay({}, {"entity:purse", "a", "b", headers, -1})) << place;
  }
}

}  // namespace
}  // namespace shoal::lanes
