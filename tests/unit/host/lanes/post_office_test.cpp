// Goal: what waits in a post office is bounded, whatever is sent through it: for one lane, for many, and for
// the lane itself; beyond the bound a message is refused at once and a reply never is; and a batch wakes a
// lane once. Method: mail brought to inboxes that nobody empties, with a clock moved by hand; a sleeper whose
// wake-ups are counted.

#include "host/lanes/post_office.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kLanes = 4;
constexpr std::uint32_t kOwn = 0;
constexpr std::int64_t kHoldNs = 1'000'000'000;
constexpr std::size_t kBodyBytes = 16 * 1024;
constexpr std::size_t kMessagesAtOnce = 32;  // half a MiB a mail

class PostOfficeTest : public testing::Test {
 protected:
  PostOfficeTest() {
    PostOffice::Options options;
    options.lane = kOwn;
    options.hold = std::chrono::nanoseconds(kHoldNs);
    options.clock.steady = [](void*) { return now_ns_; };
    for (Inbox& inbox : inboxes_) options.inboxes.push_back(&inbox);
    office_.emplace(std::move(options));
  }

  EnvelopeParts to(std::uint32_t lane, EnvelopeKind kind = EnvelopeKind::tell) const {
    EnvelopeParts parts;
    parts.kind = kind;
    parts.shard = ShardId{lane};
    parts.id = "id";
    parts.body = to_bytes(body_);
    if (kind == EnvelopeKind::reply) parts.reply_to = {lane, 0, 1};
    return parts;
  }

  // Sends so many messages; the bytes of those that were refused.
  std::size_t send(std::uint32_t lane, std::size_t count, std::int64_t now_ns) {
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(mail_.add(to(lane)));
    return bring(now_ns);
  }

  std::size_t bring(std::int64_t now_ns) {
    now_ns_ = now_ns;
    office_->bring(mail_, [](const AskStart&, std::int64_t) { return ReplyAddress{}; });
    std::size_t refused = 0;
    for (const EnvelopeBuffer& buffer : office_->take_refused()) refused += buffer.bytes();
    return refused;
  }

  std::size_t size() const { return Envelope::size_of(to(0)); }

  // So many that the lane's inbox takes no more.
  void fill_inbox(std::uint32_t lane, std::int64_t now_ns) {
    while (!office_->blocked()) EXPECT_EQ(send(lane, kMessagesAtOnce, now_ns), 0U);
  }

  std::string body_ = std::string(kBodyBytes, 'b');
  std::array<Inbox, kLanes> inboxes_;
  Mail mail_;
  std::optional<PostOffice> office_;

 private:
  static inline std::int64_t now_ns_ = 0;
};

TEST_F(PostOfficeTest, WhatWaitsForALaneWithoutRoomIsBounded) {
  fill_inbox(1, 1);
  std::size_t sent = kMessagesAtOnce * size();  // what found no room
  std::size_t refused = 0;
  while (refused == 0) {
    sent += kMessagesAtOnce * size();
    refused = send(1, kMessagesAtOnce, 2);
    ASSERT_LE(sent - refused, mail_bytes_max);
  }
  EXPECT_TRUE(office_->full());
  // After the hold all that waited is refused, and there is room again.
  EXPECT_GT(bring(kHoldNs + 2), mail_bytes_max - 2 * size());
  EXPECT_FALSE(office_->blocked());
}

TEST_F(PostOfficeTest, WhatWaitsForSeveralLanesIsBoundedTogether) {
  fill_inbox(1, 1);
  while (inboxes_[2].bytes() + 2 * kMessagesAtOnce * size() <= inbox_bytes_max) {
    ASSERT_EQ(send(2, kMessagesAtOnce, 1), 0U);
  }
  std::size_t kept = kMessagesAtOnce * size();
  for (int i = 0; i < 100; ++i) {
    for (const std::uint32_t lane : {1U, 2U})
      kept += kMessagesAtOnce * size() - send(lane, kMessagesAtOnce, 2);
  }
  // Lane 2 may have had room for a mail, and the first one without room is kept whole.
  EXPECT_LE(kept, mail_bytes_max + 2 * kMessagesAtOnce * size());
  EXPECT_GT(kept, mail_bytes_max - kMessagesAtOnce * size());
  // A lane that has room is not touched by those that have none.
  EXPECT_EQ(send(3, kMessagesAtOnce, 3), 0U);
}

TEST_F(PostOfficeTest, WhatALaneSendsToItselfIsBounded) {
  EXPECT_FALSE(office_->local_is_full());
  std::size_t sent = 0;
  std::size_t refused = 0;
  while (refused == 0) {
    sent += kMessagesAtOnce * size();
    refused = send(kOwn, kMessagesAtOnce, 1);
    ASSERT_LE(sent - refused, mail_bytes_max);
  }
  EXPECT_TRUE(office_->local_is_full());
  ASSERT_TRUE(office_->take_local());
  EXPECT_FALSE(office_->local_is_full());
  EXPECT_EQ(send(kOwn, 1, 1), 0U);
}

TEST_F(PostOfficeTest, AParcelThatHasRunGoesOutWithNothingOfIt) {
  ASSERT_EQ(send(kOwn, 1, 1), 0U);
  auto parcel = office_->take_local();
  const Parcel* memory = parcel.get();
  parcel->callbacks.emplace_back([](const auto&) {});
  office_->reuse(std::move(parcel));
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(send(kOwn, 1, 1), 0U);
    parcel = office_->take_local();
    EXPECT_EQ(parcel->bytes(), size());
    EXPECT_TRUE(parcel->callbacks.empty());
  }
  EXPECT_EQ(parcel.get(), memory);
}

// How often the lane was woken since this was last asked: the eventfd that wakes it counts what was written,
// and nobody else reads it.
std::uint64_t take_wake_ups(const Inbox& inbox) {
  std::uint64_t written = 0;
  const ssize_t taken = read(inbox.wake_fd(), &written, sizeof written);
  return taken == static_cast<ssize_t>(sizeof written) ? written : 0;
}

TEST_F(PostOfficeTest, ABatchWakesASleepingLaneOnce) {
  constexpr int kMessages = 5;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::uint64_t batches = 0;  // that found the lane asleep
  while (batches < 20) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::atomic<bool> is_about_to_sleep{false};
    std::thread lane([&] {
      is_about_to_sleep = true;
      inboxes_[1].sleep(std::chrono::seconds(30), WakeFor::messages);
    });
    while (!is_about_to_sleep) std::this_thread::yield();
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_TRUE(mail_.add(to(1)));
      mail_.add_reply(to(1, EnvelopeKind::reply));
    }
    EXPECT_EQ(bring(1), 0U);
    lane.join();
    const std::uint64_t wake_ups = take_wake_ups(inboxes_[1]);
    ASSERT_LE(wake_ups, 1U);
    batches += wake_ups;
    // All the messages are one parcel, and all the replies.
    for (int i = 0; i < 2; ++i) {
      const auto parcel = inboxes_[1].take_parcel();
      ASSERT_NE(parcel, nullptr);
      EXPECT_EQ(parcel->bytes(), kMessages * size());
    }
    ASSERT_EQ(inboxes_[1].take_parcel(), nullptr);
  }
  // A lane that is awake is not woken.
  EXPECT_EQ(send(1, kMessages, 1), 0U);
  EXPECT_EQ(take_wake_ups(inboxes_[1]), 0U);
}

TEST_F(PostOfficeTest, AReplyIsNeverRefused) {
  fill_inbox(1, 1);
  while (send(1, kMessagesAtOnce, 2) == 0) {
  }
  while (send(kOwn, kMessagesAtOnce, 2) == 0) {
  }
  mail_.add_reply(to(1, EnvelopeKind::reply));
  mail_.add_reply(to(kOwn, EnvelopeKind::reply));
  EXPECT_EQ(bring(3), 0U);
}

}  // namespace
}  // namespace shoal::lanes
