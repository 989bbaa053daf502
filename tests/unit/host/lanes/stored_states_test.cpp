// Goal: a state stays in memory until it is in the store, goes there only when it counts, and the newest one
// of an entity is what is found. Method: by hand, and random steps beside a plain model.

#include "host/lanes/stored_states.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "host/lanes/entity_table.hpp"

namespace shoal::lanes {
namespace {

constexpr std::size_t kManyBytes = 1'000'000;

journal::SharedState state_of(const std::string& id, std::uint64_t revision) {
  return std::make_shared<const journal::ReadState>(
      journal::ReadState{id, revision, 1, std::to_string(revision)});
}

class StoredStatesTest : public testing::Test {
 protected:
  void put(const std::string& id, std::uint64_t revision, std::uint64_t needs = StoredStates::not_appended) {
    states_.put(state_of(id, revision), hash_of(id), needs);
  }
  // The ids of a write, each with its revision.
  std::string write(std::uint64_t counted, std::uint64_t number, std::size_t bytes = kManyBytes) {
    std::vector<journal::SharedState> given;
    states_.next_write(counted, bytes, number, given);
    std::string text;
    for (const journal::SharedState& state : given) text += state->entity + std::to_string(state->revision);
    return text;
  }
  bool is_in_store(const std::string& id) const { return states_.is_in_store(id, hash_of(id)); }
  std::uint64_t revision(const std::string& id) const {
    const auto state = states_.find(id);
    return state == nullptr ? 0 : state->revision;
  }

  std::size_t backlog_ = 0;
  StoredStates states_{&backlog_};
};

TEST_F(StoredStatesTest, IsWrittenWhenItCounts) {
  put("a", 1);
  EXPECT_EQ(write(100, 1), "") << "its batch has not ended";
  states_.stamp(7);
  EXPECT_EQ(write(6, 1), "");
  EXPECT_EQ(write(7, 1), "a1");
  EXPECT_EQ(revision("a"), 1U) << "until it is written";
  EXPECT_FALSE(is_in_store("a"));
  EXPECT_GT(backlog_, 0U);
  states_.written(1);
  EXPECT_EQ(revision("a"), 0U);
  EXPECT_TRUE(is_in_store("a"));
  EXPECT_EQ(backlog_, 0U);
}

TEST_F(StoredStatesTest, OneThatWasNeverHereIsNotInTheStore) {
  put("a", 1, 1);
  EXPECT_FALSE(is_in_store("b"));
  states_.note_in_store(hash_of("b"));
  EXPECT_TRUE(is_in_store("b"));
}

TEST_F(StoredStatesTest, ANewerOneTakesThePlaceOfOneOnItsWay) {
  put("a", 1, 1);
  EXPECT_EQ(write(1, 1), "a1");
  put("a", 2, 2);
  states_.written(1);
  EXPECT_EQ(revision("a"), 2U);
  EXPECT_EQ(write(2, 2), "a2");
  states_.written(2);
  EXPECT_TRUE(is_in_store("a"));
}

TEST_F(StoredStatesTest, OneThatIsActiveAgainIsWrittenAllTheSame) {
  put("a", 1, 1);
  const std::uint64_t puts = states_.puts();
  states_.activated("a");
  EXPECT_FALSE(states_.given_out(puts));
  EXPECT_EQ(write(1, 1), "a1");
  EXPECT_TRUE(states_.given_out(puts));
}

// Who waits for the first waits for what has replaced it.
TEST_F(StoredStatesTest, ANewerOneHasThePlaceOfOneThatIsInNoWrite) {
  put("a", 1, 1);
  const std::uint64_t puts = states_.puts();
  put("b", 1, 1);
  put("a", 2);
  EXPECT_EQ(write(1, 1), "") << "and those behind it wait";
  EXPECT_FALSE(states_.given_out(puts));
  states_.stamp(4);
  EXPECT_EQ(write(4, 1), "a2b1");
  EXPECT_TRUE(states_.given_out(puts));
}

TEST_F(StoredStatesTest, ABatchStampsWhatWasPutInIt) {
  put("a", 1);
  put("b", 1, 3);
  put("c", 1);
  states_.stamp(9);
  put("d", 1);
  EXPECT_EQ(write(8, 1), "") << "in their order";
  EXPECT_EQ(write(9, 1), "a1b1c1");
  EXPECT_FALSE(states_.given_out(states_.puts()));
  EXPECT_TRUE(states_.given_out(states_.puts() - 1));
}

TEST_F(StoredStatesTest, WithoutAStoreTheyStay) {
  StoredStates states(nullptr);
  states.put(state_of("a", 1), hash_of("a"), 1);
  EXPECT_FALSE(states.is_in_store("b", hash_of("b")));
  EXPECT_NE(states.find("a"), nullptr);
  states.activated("a");
  EXPECT_EQ(states.find("a"), nullptr);
}

TEST(IdHashesTest, HasWhatWasAdded) {
  IdHashes hashes;
  EXPECT_FALSE(hashes.has(0));
  std::mt19937_64 random(7);
  std::set<std::uint64_t> model;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t hash = random() % 20'000 << 16;  // many times the same; 0, too
    hashes.add(hash);
    model.insert(hash);
  }
  EXPECT_EQ(hashes.size(), model.size());
  for (std::uint64_t hash = 0; hash < 20'000; ++hash) {
    if (hash == 1) continue;
    EXPECT_EQ(hashes.has(hash << 16), model.contains(hash << 16)) << hash;
  }
}

// What is found is the newest that was put, here or in the store, whatever comes in between.
TEST_F(StoredStatesTest, RandomStepsBesideAModel) {
  std::mt19937_64 random(11);
  std::map<std::string, std::uint64_t> newest;                     // of those that are not active
  std::map<std::string, std::uint64_t> store;                      // as the database has them
  std::map<std::uint64_t, std::vector<journal::SharedState>> out;  // writes that are not done
  std::uint64_t sequence = 1;
  std::uint64_t counted = 0;
  std::uint64_t number = 0;
  for (int step = 0; step < 200'000; ++step) {
    const std::string id(1, static_cast<char>('a' + random() % 12));
    switch (random() % 6) {
      case 0:
      case 1:
        put(id, ++newest[id]);
        break;
      case 2:
        states_.stamp(++sequence);
        break;
      case 3:
        counted = std::max(counted, sequence - random() % 3 % sequence);
        if (std::vector<journal::SharedState> given;
            states_.next_write(counted, random() % 2'000, number + 1, given))
          out[++number] = std::move(given);
        break;
      case 4:
        if (out.empty()) break;
        for (const auto& state : out.begin()->second) store[state->entity] = state->revision;
        states_.written(out.begin()->first);
        out.erase(out.begin());
        break;
      default:
        // It becomes active and leaves again later, with a newer state.
        states_.activated(id);
        if (newest.contains(id) && states_.find(id) == nullptr) put(id, ++newest[id]);
    }
    for (const auto& [each, revision_of] : newest) {
      const std::uint64_t found = is_in_store(each) ? store[each] : revision(each);
      ASSERT_EQ(found, revision_of) << each << " after step " << step;
    }
  }
}

}  // namespace
}  // namespace shoal::lanes
