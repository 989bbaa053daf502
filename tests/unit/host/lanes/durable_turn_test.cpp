// Goal: the bounds of reminders are of what there is after the turn: what it replaces or takes away makes
// room. Method: reminders up to a bound, then turns that change some of them.

#include "host/lanes/durable_turn.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "host/modules/registry.hpp"
#include "journal/record.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::lanes {
namespace {

constexpr std::size_t kTurnBytes = 1024 * 1024;
constexpr std::string_view kEntity = "a0";

class DurableTurnTest : public testing::Test {
 protected:
  DurableTurnTest() {
    const auto loaded = registry_.load(tests::test_module("durable"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }
  // Sets so many, with payloads of that size.
  void fill(std::size_t count, std::size_t payload_bytes) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string content;
      append_content({0, 0, std::string(payload_bytes, 'p')}, content);
      reminders_.apply(kEntity, {name(i), 1, content});
    }
  }
  // Until the shard has no room for another one of them.
  void fill_shard(std::size_t payload_bytes) {
    const std::size_t one = reminder_bytes(kEntity, name(0), reminder_content_header_bytes + payload_bytes);
    fill(reminder_bytes_max / one, payload_bytes);
  }
  void begin() { turn_.begin(*registry_.find_type("account"), reminders_); }
  shoal_status set(std::string_view name, std::size_t payload_bytes = 0) {
    const std::string payload(payload_bytes, 'p');
    shoal_reminder reminder{};
    reminder.size = sizeof(reminder);
    reminder.name = to_bytes(name);
    reminder.due_ms = 5;
    reminder.continuation.payload = to_bytes(std::string_view(payload));
    return turn_.set_reminder(kEntity, reminder, kTurnBytes);
  }
  shoal_status cancel(std::string_view name) { return turn_.cancel_reminder(kEntity, name, kTurnBytes); }
  // As the shard says it before a reminder's turn.
  void fire(std::string_view name) {
    turn_.change_reminder(kEntity, {name, journal::reminder_cancelled, {}});
  }
  // All names are of one length.
  static std::string name(std::size_t index) { return std::to_string(100'000 + index); }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  Reminders reminders_;
  DurableTurn turn_;
};

TEST_F(DurableTurnTest, AnEntityHasNoMoreThanItsBound) {
  fill(reminders_max - 1, 0);
  begin();
  EXPECT_EQ(set("one"), SHOAL_STATUS_OK);
  EXPECT_EQ(set("two"), SHOAL_STATUS_TOO_LARGE);
  EXPECT_EQ(set("one"), SHOAL_STATUS_OK) << "it replaces";
  EXPECT_EQ(set(name(0)), SHOAL_STATUS_OK);
  EXPECT_EQ(set("two"), SHOAL_STATUS_TOO_LARGE);
}

TEST_F(DurableTurnTest, WhatItTakesAwayMakesRoomOnce) {
  fill(reminders_max, 0);
  begin();
  EXPECT_EQ(cancel(name(0)), SHOAL_STATUS_OK);
  EXPECT_EQ(cancel(name(0)), SHOAL_STATUS_OK);
  EXPECT_EQ(cancel("none"), SHOAL_STATUS_OK);
  EXPECT_EQ(set("one"), SHOAL_STATUS_OK);
  EXPECT_EQ(set(name(0)), SHOAL_STATUS_TOO_LARGE);
  begin();
  EXPECT_EQ(set("one"), SHOAL_STATUS_TOO_LARGE) << "the turn before has left nothing";
}

TEST_F(DurableTurnTest, OneThatFiresMakesRoomForTheNext) {
  fill(reminders_max, 0);
  begin();
  fire(name(7));
  EXPECT_EQ(set("next"), SHOAL_STATUS_OK);
  EXPECT_EQ(set(name(7)), SHOAL_STATUS_TOO_LARGE);
}

TEST_F(DurableTurnTest, AShardHasNoMoreBytesThanItsBound) {
  constexpr std::size_t payload = 60'000;
  fill_shard(payload);
  begin();
  EXPECT_EQ(set("another", payload), SHOAL_STATUS_OVERLOADED);
  EXPECT_EQ(set(name(0), payload), SHOAL_STATUS_OK) << "it replaces one of its size";
  EXPECT_EQ(set(name(0), payload + 20'000), SHOAL_STATUS_OVERLOADED);
  EXPECT_EQ(set(name(0), 10), SHOAL_STATUS_OK);
  EXPECT_EQ(set(name(0), payload), SHOAL_STATUS_OK) << "what it took before is free";
  fire(name(1));
  EXPECT_EQ(set(name(1), payload), SHOAL_STATUS_OK) << "it fires and is set again";
}

}  // namespace
}  // namespace shoal::lanes
