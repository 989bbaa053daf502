// Goal: what the journal's world has found stays mended. Method: the shortest way to it, by hand.
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::sim {
namespace {

using journal::Claimed;
using journal::ClaimRefused;
using journal::CommitState;

class FoundTest : public testing::Test {
 protected:
  struct Process {
    std::unique_ptr<journal::Storage> storage;
    std::unique_ptr<Owner> owner;
    Owner* operator->() const { return owner.get(); }
  };
  Process start(std::uint32_t number) {
    Process process{disk_.process(number), nullptr};
    process.owner = std::make_unique<Owner>(*process.storage, 8 * 1024, [this] { return random_(); });
    EXPECT_TRUE(process->open());
    return process;
  }
  static Claimed take_over(const Process& process) {
    const auto outcome = process->claim(0);
    const auto* refused = std::get_if<ClaimRefused>(&outcome);
    EXPECT_EQ(refused, nullptr) << refused->message;
    if (refused != nullptr) return {};
    EXPECT_TRUE(process->read(0));
    return std::get<Claimed>(outcome);
  }
  static void append(const Process& process) {
    process->append(0, std::string(400, 'x'));
    EXPECT_EQ(process->commit().counted.size(), 1U);
  }
  // The next commit with a checkpoint does not fit into the first segment.
  static void fill_first_segment(const Process& process) {
    for (int i = 0; i < 11; ++i) append(process);
    ASSERT_EQ(process->log().data().segments(), 1U);
    process->append_checkpoint(0);
  }

  std::mt19937_64 random_{3};
  MemoryDisk disk_;
};

// What it deletes below its checkpoint had all that was known to be synced.
TEST_F(FoundTest, AnOwnerOfWhichOnlyTheLastCommitIsLeftIsFollowed) {
  Process first = start(1);
  take_over(first);
  fill_first_segment(first);
  ASSERT_EQ(first->commit().counted.size(), 1U);
  ASSERT_EQ(first->log().data().segments(), 1U);
  const std::uint64_t next = first->next(0);
  disk_.kill(1);
  const Process second = start(2);
  EXPECT_EQ(take_over(second).next.value, next);
  EXPECT_EQ(second->texts(0), first->texts(0));
}

// It holds nothing for its owner, and is read by all who come later.
TEST_F(FoundTest, WhatAnOvertakenClaimHasAppendedAgainStays) {
  const Process first = start(1);
  take_over(first);
  append(first);
  const Process second = start(2);
  ASSERT_TRUE(std::holds_alternative<Claimed>(second->claim(1)));
  const Process third = start(3);
  bool has_run = false;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_look = call.process == 2 && call.call == Call::exists && call.path == "shards/list/0/3";
    if (is_look && !std::exchange(has_run, true)) take_over(third);
    return Fault::none;
  });
  EXPECT_TRUE(std::holds_alternative<ClaimRefused>(second->claim(0)));
  ASSERT_TRUE(has_run);
  while (second->log().data().segments() < 3) {
    second->append(1, std::string(400, 'x'));
    ASSERT_EQ(second->commit().counted.size(), 1U);
  }
  second->end_checkpoint(1, second->begin_empty_checkpoint(1));
  ASSERT_EQ(second->commit().counted.size(), 1U);
  EXPECT_EQ(second->log().data().segments(), 3U);
  const Process last = start(4);
  take_over(last);
  EXPECT_EQ(last->texts(0), first->texts(0));
}

// It goes on when the epoch that it wanted has come and gone.
TEST_F(FoundTest, AClaimThatWasStoppedBeforeItsFileWasMadeBlocksNobody) {
  Process first = start(1);
  take_over(first);
  append(first);
  Process stopped = start(2);
  Process third = start(3);
  bool has_run = false;
  disk_.set_hook([&](const DiskCall& call) {
    if (call.process != 2 || call.call != Call::create || has_run) return Fault::none;
    has_run = true;
    take_over(third);
    disk_.kill(3);
    Process fourth = start(4);
    take_over(fourth);
    fourth->append_checkpoint(0);
    EXPECT_EQ(fourth->commit().counted.size(), 1U);
    EXPECT_FALSE(disk_.has("shards/list/0/2"));
    return Fault::none;
  });
  const auto outcome = stopped->claim(0);
  ASSERT_TRUE(has_run);
  const auto* refused = std::get_if<ClaimRefused>(&outcome);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->reason, journal::ClaimRefusal::newer_claim);
  EXPECT_TRUE(disk_.has("shards/list/0/2"));
  const Process last = start(5);
  take_over(last);
  EXPECT_EQ(last->texts(0), first->texts(0));
}

// However far it came: what it knows of the generation is not what it was in the middle of finding out.
TEST_F(FoundTest, AClaimThatCouldNotReadOnMayBeTriedAgain) {
  const Process first = start(1);
  take_over(first);
  while (first->log().data().segments() < 2) append(first);
  int opens_left = 0;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_next = call.process == 2 && call.call == Call::open && call.path.ends_with(".000001");
    return is_next && opens_left-- == 0 ? Fault::input_output : Fault::none;
  });
  const Process second = start(2);
  for (const int opens : {0, 1}) {
    opens_left = opens;
    EXPECT_TRUE(std::holds_alternative<ClaimRefused>(second->claim(0)));
    EXPECT_LT(opens_left, 0);
  }
  take_over(second);
  EXPECT_EQ(second->texts(0), first->texts(0));
}

// It writes two segments in one commit between two looks of the one that reads on.
TEST_F(FoundTest, AnOwnerThatGoesOnIsNotTakenForDamage) {
  const Process first = start(1);
  take_over(first);
  append(first);
  int looks = 0;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_next = call.process == 2 && call.call == Call::open && call.path.ends_with(".000001");
    if (!is_next || ++looks != 2) return Fault::none;
    for (int i = 0; i < 40; ++i) first->append(0, std::string(400, 'y'));
    EXPECT_TRUE(first->commit().counted.empty());
    EXPECT_GT(first->log().data().segments(), 2U);
    return Fault::none;
  });
  const Process second = start(2);
  take_over(second);
  EXPECT_GT(looks, 2);
}

// That a head cannot be read does not mean that none is there.
TEST_F(FoundTest, WhateverReadFailsNothingIsLost) {
  const Process first = start(1);
  take_over(first);
  while (first->log().data().segments() < 2) append(first);
  std::uint32_t process = 1;
  int reads_left = 0;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_hit = call.process == process && call.call == Call::read && call.path.starts_with("data/");
    return is_hit && reads_left-- == 0 ? Fault::input_output : Fault::none;
  });
  int refused = 0;
  bool has_failed = true;
  for (int reads = 0; has_failed; ++reads) {
    ++process;
    reads_left = reads;
    const Process next = start(process);
    const auto outcome = next->claim(0);
    has_failed = reads_left < 0;
    if (std::holds_alternative<ClaimRefused>(outcome)) {
      ++refused;
      continue;
    }
    EXPECT_EQ(std::get<Claimed>(outcome).next.value, first->next(0)) << "read " << reads;
  }
  EXPECT_GT(refused, 3);
}

TEST_F(FoundTest, ADiskThatIsFullAtTheBeginOfASegmentIsTriedAgain) {
  const Process owner = start(1);
  take_over(owner);
  fill_first_segment(owner);
  bool is_full = true;
  disk_.set_hook([&](const DiskCall& call) {
    const bool is_hit = call.call == Call::write && call.path.ends_with(".000001") && is_full;
    if (is_hit) is_full = false;
    return is_hit ? Fault::disk_full : Fault::none;
  });
  EXPECT_EQ(owner->commit().state, CommitState::disk_full);
  EXPECT_FALSE(is_full);
  const auto outcome = owner->commit();
  EXPECT_EQ(outcome.state, CommitState::done) << outcome.message;
  EXPECT_EQ(outcome.counted.size(), 1U);
}

}  // namespace
}  // namespace shoal::sim
