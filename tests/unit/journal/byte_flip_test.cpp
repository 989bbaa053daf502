// Goal: no byte that went wrong on the disk makes another history: what is recovered is all that was
// acknowledged, or an error says what is damaged. Method: directories of several shapes, written by owners on
// a disk in memory; for every byte of every file a copy in which that byte is another one, from which a new
// owner recovers. SHOAL_TEST_LONG=1 takes every other value of each byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::journal {
namespace {

using sim::MemoryDisk;
using sim::Owner;
using sim::Texts;

constexpr std::uint64_t flip_segment_bytes = 2 * 1024;
// There is one thread for its sanitizer to look at: some bytes will do.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t byte_step = 29;
#else
constexpr std::size_t byte_step = 1;
#endif

std::vector<unsigned> masks_for(std::size_t at, char byte) {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  if (is_long == nullptr || *is_long == '\0') {
    // Most zeros have not been written at all.
    return byte == 0 ? std::vector{1U << at % 8} : std::vector{1U << at % 8, 0xffU};
  }
  std::vector<unsigned> all;
  for (unsigned mask = 1; mask < 256; ++mask) all.push_back(mask);
  return all;
}

// A directory that is being written, and what was acknowledged.
class Writing {
 public:
  Owner& new_owner() {
    storages_.push_back(disk_.process(static_cast<std::uint32_t>(storages_.size() + 1)));
    owners_.push_back(std::make_unique<Owner>(
        *storages_.back(), flip_segment_bytes, [this] { return random_(); }, 1));
    const auto opened = owners_.back()->open();
    EXPECT_TRUE(opened) << opened.error().message;
    return *owners_.back();
  }
  void take_over(Owner& owner, std::uint32_t shard) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(owner.claim(shard)));
    const auto texts = owner.read(shard);
    ASSERT_TRUE(texts) << texts.error().message;
    EXPECT_EQ(texts.value(), acknowledged_[shard]);
  }
  void append(Owner& owner, std::uint32_t shard, const std::string& text) {
    acknowledged_[shard][owner.append(shard, text)] = text;
  }
  static void commit(Owner& owner) {
    const CommitOutcome outcome = owner.commit();
    EXPECT_EQ(outcome.state, CommitState::done) << outcome.message;
    EXPECT_TRUE(outcome.failed.empty());
  }
  // As a log that has nothing more to do leaves it: all is said to be synced.
  static void end(Owner& owner) { EXPECT_TRUE(owner.log().idle()); }

  MemoryDisk copy() const {
    return disk_.after_power_failure(MemoryDisk::Unsynced::is_kept, [](std::uint64_t) { return 0; });
  }
  std::string& bytes(const std::string& path) { return disk_.bytes(path); }
  const std::map<std::uint32_t, Texts>& acknowledged() const { return acknowledged_; }

 private:
  MemoryDisk disk_;
  std::mt19937_64 random_{11};
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::map<std::uint32_t, Texts> acknowledged_;
};

void write_one_shard(Writing& writing) {
  Owner& owner = writing.new_owner();
  writing.take_over(owner, 0);
  for (const char* text : {"a", "bc", "def"}) {
    writing.append(owner, 0, text);
    writing.append(owner, 0, "and more");
    Writing::commit(owner);
  }
  Writing::end(owner);
}

void write_several_shards(Writing& writing) {
  Owner& owner = writing.new_owner();
  for (std::uint32_t shard = 0; shard < 3; ++shard) writing.take_over(owner, shard);
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t shard = 0; shard < 3; ++shard) {
      if (shard != round) writing.append(owner, shard, std::to_string(10 * round + shard));
    }
    Writing::commit(owner);
  }
  Writing::end(owner);
}

// Each finds the last commit of the one before without a sign that it is synced, and appends it again; the
// first one writes again after it was overtaken.
void write_several_epochs(Writing& writing) {
  Owner* before = nullptr;
  for (const char* text : {"first", "second", "third"}) {
    Owner& owner = writing.new_owner();
    writing.take_over(owner, 0);
    if (before != nullptr) {
      before->append(0, "void");
      EXPECT_EQ(before->commit().failed.size(), 1U);
    }
    writing.append(owner, 0, text);
    Writing::commit(owner);
    writing.append(owner, 0, "more");
    Writing::commit(owner);
    before = &owner;
  }
  before->append_closed(0);
  Writing::commit(*before);
  Writing::end(*before);
}

void write_checkpoint(Writing& writing) {
  Owner& owner = writing.new_owner();
  writing.take_over(owner, 0);
  writing.append(owner, 0, "before");
  Writing::commit(owner);
  Owner& next = writing.new_owner();
  writing.take_over(next, 0);
  const Sequence begin = next.begin_checkpoint(0);
  writing.append(next, 0, "within");
  Writing::commit(next);
  next.end_checkpoint(0, begin);
  Writing::commit(next);
  writing.append(next, 0, "after");
  Writing::commit(next);
  Writing::end(next);
}

// Some segments have one commit, others several.
void write_several_segments(Writing& writing) {
  Owner& owner = writing.new_owner();
  writing.take_over(owner, 0);
  for (const std::size_t size : {1'300U, 1'300U, 1'300U, 400U, 400U, 1'300U, 10U}) {
    writing.append(owner, 0, std::string(size, 'x'));
    Writing::commit(owner);
  }
  EXPECT_GE(owner.log().data().segments(), 5U);
  Writing::end(owner);
}

// Behind what was written last stands what was written before.
void write_used_again(Writing& writing) {
  Owner& owner = writing.new_owner();
  writing.take_over(owner, 0);
  for (int round = 0; round < 5; ++round) {
    for (const std::size_t size : {20U, 300U}) {
      writing.append(owner, 0, std::string(size / 5, 'x'));
      Writing::commit(owner);
    }
    owner.append_checkpoint(0);
    Writing::commit(owner);
  }
  EXPECT_GE(owner.log().data().end().value, 2 * flip_segment_bytes);
  EXPECT_EQ(owner.log().data().segments(), 1U);
  Writing::end(owner);
}

struct Shape {
  const char* name;
  void (*write)(Writing&);
};

class ByteFlipTest : public testing::TestWithParam<Shape> {
 protected:
  // Why not; empty where all that was acknowledged is there, and nothing else.
  std::string recover(MemoryDisk& disk, const std::map<std::uint32_t, Texts>& acknowledged) {
    const auto storage = disk.process(99);
    Owner owner(*storage, flip_segment_bytes, [this] { return random_(); });
    const auto opened = owner.open();
    if (!opened) return opened.error().message;
    for (const auto& [shard, texts] : acknowledged) {
      const auto claim = owner.claim(shard);
      if (const auto* refused = std::get_if<ClaimRefused>(&claim)) return refused->message;
      const auto read = owner.read(shard);
      if (!read) return read.error().message;
      EXPECT_TRUE(read.value() == texts) << "another history of shard " << shard;
    }
    return "";
  }

  std::mt19937_64 random_{12};
};

TEST_P(ByteFlipTest, IsSeenOrChangesNothing) {
  Writing writing;
  GetParam().write(writing);
  MemoryDisk whole = writing.copy();
  ASSERT_EQ(recover(whole, writing.acknowledged()), "");
  std::size_t seen = 0;
  std::size_t harmless = 0;
  for (const std::string& path : writing.copy().files()) {
    for (std::size_t at = 0; at < writing.bytes(path).size(); at += byte_step) {
      for (const unsigned mask : masks_for(at, writing.bytes(path)[at])) {
        MemoryDisk disk = writing.copy();
        char& byte = disk.bytes(path)[at];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ mask);
        const std::string error = recover(disk, writing.acknowledged());
        ASSERT_FALSE(HasFailure()) << path << " byte " << at << " mask " << mask;
        ++(error.empty() ? harmless : seen);
      }
    }
  }
  EXPECT_GT(seen, 1'000U / byte_step);
  EXPECT_GT(harmless, 1'000U / byte_step) << "what no one has written yet is no one's";
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ByteFlipTest,
    testing::Values(Shape{"OneShard", write_one_shard}, Shape{"SeveralShards", write_several_shards},
                    Shape{"SeveralEpochs", write_several_epochs}, Shape{"Checkpoint", write_checkpoint},
                    Shape{"SeveralSegments", write_several_segments}, Shape{"UsedAgain", write_used_again}),
    [](const auto& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace shoal::journal
