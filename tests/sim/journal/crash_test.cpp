// Goal: whenever the power fails, all that counted is read by the next owner, and nothing that is void.
// Method: an owner on a disk in memory; before every call that changes the disk, a copy of it loses its
// power: with nothing, everything, or a drawn choice of what was not synced. A new owner recovers from each
// copy, twice.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::sim {
namespace {

using journal::ClaimRefused;
using journal::CommitOutcome;
using journal::CommitState;

constexpr std::uint64_t segment_bytes = 6 * 1024;
constexpr std::uint32_t shards = 2;

std::uint64_t draws_per_call() {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  return is_long != nullptr && *is_long != '\0' ? 40 : 2;
}

// What the oracle outside knows of a shard.
struct Known {
  Texts appended;             // whatever was tried, by its sequence
  std::uint64_t counted = 0;  // all up to here has been answered
};

class CrashTest : public testing::Test {
 protected:
  // The texts of a new owner begin with all that counted, and go on with what was tried only.
  void recover(MemoryDisk& disk, std::uint32_t process, const char* how) {
    const auto storage = disk.process(process);
    Owner owner(*storage, segment_bytes, [this] { return random_(); });
    const auto opened = owner.open();
    ASSERT_TRUE(opened) << how << opened.error().message;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const auto claim = owner.claim(shard);
      const auto* refused = std::get_if<ClaimRefused>(&claim);
      ASSERT_EQ(refused, nullptr) << how << calls_ << " " << refused->message;
      const auto texts = owner.read(shard);
      ASSERT_TRUE(texts) << how << calls_ << " " << texts.error().message;
      check(texts.value(), known_[shard], how);
      // It goes on from there.
      owner.append(shard, "after");
      ASSERT_EQ(owner.commit().counted.size(), 1U);
    }
  }

  void check(const Texts& texts, const Known& known, const char* how) const {
    for (const auto& [sequence, text] : known.appended) {
      const auto found = texts.find(sequence);
      if (sequence <= known.counted) {
        ASSERT_NE(found, texts.end()) << how << calls_ << ": lost " << sequence;
      }
    }
    for (const auto& [sequence, text] : texts) {
      if (text == "after") continue;
      const auto tried = known.appended.find(sequence);
      ASSERT_NE(tried, known.appended.end()) << how << calls_ << ": nobody appended " << sequence;
      ASSERT_EQ(text, tried->second) << how << calls_;
    }
  }

  void fail_the_power(const MemoryDisk& disk) {
    const auto draw = [this](std::uint64_t below) { return random_() % below; };
    const auto once = [&](MemoryDisk::Unsynced unsynced, const char* how) {
      MemoryDisk left = disk.after_power_failure(unsynced, draw);
      recover(left, 1, how);
      if (HasFatalFailure()) return;
      MemoryDisk again = left.after_power_failure(MemoryDisk::Unsynced::is_drawn, draw);
      recover(again, 2, "again ");
    };
    once(MemoryDisk::Unsynced::is_lost, "lost ");
    once(MemoryDisk::Unsynced::is_kept, "kept ");
    for (std::uint64_t i = 0; i < draws_per_call(); ++i) once(MemoryDisk::Unsynced::is_drawn, "drawn ");
  }

  void append(Owner& owner, std::uint32_t shard, const std::string& text) {
    known_[shard].appended[owner.append(shard, text)] = text;
  }
  void commit(Owner& owner) {
    const CommitOutcome outcome = owner.commit();
    ASSERT_EQ(outcome.state, CommitState::done) << outcome.message;
    for (const auto& counted : outcome.counted)
      known_[counted.shard.shard.value].counted = counted.through.value;
  }
  void take_over(Owner& owner, std::uint32_t shard) {
    ASSERT_TRUE(std::holds_alternative<journal::Claimed>(owner.claim(shard)));
    ASSERT_TRUE(owner.read(shard));
  }

  std::mt19937_64 random_{11};
  std::map<std::uint32_t, Known> known_;
  std::uint64_t calls_ = 0;
};

TEST_F(CrashTest, EveryPrefixRecovers) {
  MemoryDisk disk;
  disk.set_hook([&](const DiskCall& call) {
    if (changes(call.call) && !HasFatalFailure()) {
      ++calls_;
      fail_the_power(disk);
    }
    return Fault::none;
  });
  for (std::uint32_t process = 1; process <= 4; ++process) {
    const auto storage = disk.process(process);
    Owner owner(*storage, segment_bytes, [this] { return random_(); });
    ASSERT_TRUE(owner.open());
    for (std::uint32_t shard = 0; shard < shards; ++shard) take_over(owner, shard);
    for (int i = 0; i < 14; ++i) {
      append(owner, 0, std::string(static_cast<std::size_t>(i % 5 * 100), 'a') + std::to_string(i));
      if (i % 3 == 0) append(owner, 1, "b" + std::to_string(i));
      if (i == 6 && (process == 2 || process == 3)) owner.append_checkpoint(process - 2);
      commit(owner);
      if (i % 4 == 0) {
        ASSERT_TRUE(owner.log().idle());
      }
      ASSERT_FALSE(HasFatalFailure());
    }
  }
  EXPECT_GT(calls_, 200U);
}

// What stood in a segment before is never what it holds now, nor the other way round.
TEST_F(CrashTest, EveryPrefixRecoversWhereSegmentsAreUsedAgain) {
  MemoryDisk disk;
  int renames = 0;
  disk.set_hook([&](const DiskCall& call) {
    renames += call.call == Call::rename ? 1 : 0;
    if (changes(call.call) && !HasFatalFailure()) {
      ++calls_;
      fail_the_power(disk);
    }
    return Fault::none;
  });
  const auto storage = disk.process(1);
  Owner owner(
      *storage, 3 * 1024, [this] { return random_(); }, 2);
  ASSERT_TRUE(owner.open());
  for (std::uint32_t shard = 0; shard < shards; ++shard) take_over(owner, shard);
  for (int i = 0; i < 100; ++i) {
    append(owner, 0, std::to_string(i));
    if (i % 2 == 0) append(owner, 1, "b");
    if (i % 6 == 5) owner.append_checkpoint(0);
    if (i % 30 == 8) owner.append_checkpoint(1);
    commit(owner);
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_GT(renames, 3);
}

}  // namespace
}  // namespace shoal::sim
