// Goal: nothing put in from other threads is missed by a sleeping lane, and a full inbox refuses. Method:
// threads that put while one takes and sleeps; the test ends only when all has arrived.

#include "host/lanes/inbox.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Parcel> parcel_of(std::size_t bytes) {
  auto parcel = std::make_unique<Parcel>();
  const std::string body(bytes - sizeof(Envelope), 'x');
  EnvelopeParts parts;
  parts.body = to_bytes(body);
  parcel->envelopes.add(parts);
  return parcel;
}

TEST(InboxTest, EveryPutWakesTheSleeper) {
  Inbox inbox;
  constexpr int kPuts = 20'000;
  std::thread putting([&] {
    for (int i = 0; i < kPuts; ++i) {
      auto message = parcel_of(72);
      while (!inbox.put(message)) std::this_thread::yield();
    }
  });
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  int taken = 0;
  while (taken < kPuts) {
    while (inbox.take_parcel()) ++taken;
    // A lost wake-up would sleep this long.
    if (taken < kPuts) inbox.sleep(10s, WakeFor::messages);
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  putting.join();
  EXPECT_TRUE(inbox.idle());
}

TEST(InboxTest, AFullInboxLeavesTheParcelWithTheCaller) {
  Inbox inbox;
  auto large = parcel_of(inbox_bytes_max - 64);
  ASSERT_TRUE(inbox.put(large));
  auto next = parcel_of(72);
  EXPECT_FALSE(inbox.put(next));
  ASSERT_NE(next, nullptr);
  EXPECT_NE(inbox.take_parcel(), nullptr);
  EXPECT_TRUE(inbox.put(next));
  EXPECT_EQ(next, nullptr);
}

TEST(InboxTest, AParcelLargerThanTheBoundFindsRoomWhereNothingWaits) {
  Inbox inbox;
  auto larger = parcel_of(inbox_bytes_max + 64);
  ASSERT_TRUE(inbox.put(larger));
  larger = parcel_of(inbox_bytes_max + 64);
  EXPECT_FALSE(inbox.put(larger));
  EXPECT_NE(inbox.take_parcel(), nullptr);
  EXPECT_TRUE(inbox.put(larger));
}

TEST(InboxTest, AHeldLaneSleepsOnMessagesButNotOnReports) {
  Inbox inbox;
  auto message = parcel_of(72);
  ASSERT_TRUE(inbox.put(message));
  const auto start = std::chrono::steady_clock::now();
  inbox.sleep(20ms, WakeFor::no_messages);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 19ms);
  const kafka::DeliveryReport report{5, true, false, 0, ""};
  inbox.put(std::span(&report, 1));
  inbox.sleep(10s, WakeFor::no_messages);
  kafka::DeliveryReport taken;
  EXPECT_EQ(inbox.take_reports(std::span(&taken, 1)), 1U);
  EXPECT_EQ(taken.tag, 5U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

}  // namespace
}  // namespace shoal::lanes
