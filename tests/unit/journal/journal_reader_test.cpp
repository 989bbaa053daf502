// Goal: what a tool sees of a journal is what the next owner would find, and it changes nothing. Method:
// owners on a disk in memory, looked at before and after they end.
#include "journal/journal_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "journal/record_codec.hpp"
#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::journal {
namespace {

using sim::MemoryDisk;
using sim::Owner;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ShardName first_shard{sim::type_name, ShardId(0)};

class Sequences final : public RecordSink {
 public:
  void record(LogShard, std::string_view bytes) override {
    found.push_back(header_of(bytes)->sequence.value);
  }
  std::vector<std::uint64_t> found;
};

class JournalReaderTest : public testing::Test {
 protected:
  Owner& owner(std::uint32_t process) {
    storages_.push_back(disk_.process(process));
    owners_.push_back(std::make_unique<Owner>(*storages_.back(), 8 * 1024, [this] { return random_(); }));
    EXPECT_TRUE(owners_.back()->open());
    return *owners_.back();
  }
  static void own(Owner& owner, std::uint32_t shard) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(owner.claim(shard)));
    EXPECT_TRUE(owner.read(shard));
  }
  static void append(Owner& owner, std::uint32_t shard, const std::string& text) {
    owner.append(shard, text);
    EXPECT_EQ(owner.commit().counted.size(), 1U);
  }

  std::unique_ptr<JournalReader> reader() {
    storages_.push_back(disk_.process(99));
    auto opened = JournalReader::open(*storages_.back());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
  }
  // Of what recovery would read.
  static std::vector<std::uint64_t> sequences(JournalReader& reader, std::uint64_t from = 0) {
    const auto found = reader.find(first_shard);
    EXPECT_TRUE(found) << found.error().message;
    auto read = reader.read(first_shard, found.value(), Sequence(from));
    EXPECT_TRUE(read) << read.error().message;
    Sequences sequences;
    while (read.value()) {
      const auto more = read.value()->step(sequences);
      EXPECT_TRUE(more) << more.error().message;
      if (!more || !more.value()) break;
    }
    return sequences.found;
  }

  MemoryDisk disk_;
  std::mt19937_64 random_{7};
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(JournalReaderTest, WhereThereIsNoJournalItIsSaid) {
  storages_.push_back(disk_.process(99));
  const auto opened = JournalReader::open(*storages_.back());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
}

TEST_F(JournalReaderTest, SeesTheShardsTheirOwnersAndHowFarTheyCame) {
  Owner& one = owner(1);
  own(one, 0);
  own(one, 11);
  for (const char* text : {"a", "b"}) append(one, 0, text);
  one.append_closed(0);
  EXPECT_EQ(one.commit().closed.size(), 1U);
  Owner& two = owner(2);
  own(two, 0);
  EXPECT_TRUE(reader()->find(first_shard).value().is_closed) << "nobody has written since";
  append(two, 0, "c");

  const auto looking = reader();
  EXPECT_THAT(looking->shards().value(), ElementsAre(first_shard, ShardName{sim::type_name, ShardId(11)}));
  const ShardFound found = looking->find(first_shard).value();
  EXPECT_EQ(found.shard, sim::log_shard(0));
  EXPECT_EQ(found.claims, 2U);
  ASSERT_EQ(found.chain.size(), 2U);
  EXPECT_EQ(found.chain.back().claim.epoch, Epoch(2));
  EXPECT_EQ(*found.chain.back().end_sequence, Sequence(5));
  EXPECT_FALSE(found.is_closed);
  EXPECT_FALSE(looking->find({sim::type_name, ShardId(11)}).value().is_closed);
}

TEST_F(JournalReaderTest, ReadsWhatTheNextOwnerWouldOverAllEpochs) {
  Owner& one = owner(1);
  own(one, 0);
  for (const char* text : {"a", "b"}) append(one, 0, text);
  Owner& two = owner(2);
  own(two, 0);
  for (const char* text : {"c", "d"}) append(two, 0, text);
  EXPECT_THAT(sequences(*reader()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(sequences(*reader(), 3), ElementsAre(3, 4));
  EXPECT_THAT(sequences(*reader(), 5), IsEmpty());

  two.append_checkpoint(0);
  EXPECT_EQ(two.commit().counted.size(), 1U);
  EXPECT_THAT(sequences(*reader()), ElementsAre(5, 6, 7)) << "begin, snapshot, end";
  Owner& three = owner(3);
  EXPECT_TRUE(std::holds_alternative<Claimed>(three.claim(0)));
  EXPECT_EQ(three.read(0).value().size(), 4U);
}

TEST_F(JournalReaderTest, SaysWhatTakesRoomAndWhoWrites) {
  Owner& one = owner(1);
  own(one, 0);
  for (int i = 0; i < 20; ++i) append(one, 0, std::string(1'000, 'x'));
  owner(2);
  const auto generations = reader()->generations().value();
  ASSERT_EQ(generations.size(), 2U);
  const bool first_is_ones = generations.front().generation == one.log().data().generation();
  const GenerationFound& of_one = generations[first_is_ones ? 0 : 1];
  const GenerationFound& of_two = generations[first_is_ones ? 1 : 0];
  EXPECT_EQ(of_one.segments, one.log().data().segments());
  EXPECT_EQ(of_one.bytes, of_one.segments * 8 * 1024);
  EXPECT_TRUE(of_one.is_named);
  EXPECT_TRUE(of_one.is_written);
  EXPECT_FALSE(of_two.is_named);
}

TEST_F(JournalReaderTest, WhatIsDamagedIsNamed) {
  Owner& one = owner(1);
  own(one, 0);
  for (const char* text : {"a", "b", "c"}) append(one, 0, text);
  auto writing = disk_.process(98);
  auto file = writing->open(segment_path(one.log().data().generation(), 0), Access::read_and_write);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file.value()->write_at(sector_bytes + commit_head_bytes + record_header_bytes + 2, "!"));
  const auto found = reader()->find(first_shard);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::refused);
  EXPECT_THAT(found.error().message, HasSubstr("data/"));
}

}  // namespace
}  // namespace shoal::journal
