// Goal: each policy names the victim its rule says, whatever is added, touched and removed, within its
// memory. Method: hand-made cases, random runs by seed against models of plain vectors, and a trace of many
// rare ids among a few frequent ones that tells the policies apart.

#include "host/lanes/eviction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/lanes/frequency_sketch.hpp"

namespace shoal::lanes {
namespace {

using Victim = std::optional<std::uint32_t>;

std::uint64_t hash_of_number(std::uint64_t number) {
  number = (number + 1) * 0x9e3779b97f4a7c15U;
  number ^= number >> 29;
  return number * 0xd6e8feb86659fd93U;
}

class EvictionTest : public testing::TestWithParam<EvictionPolicy> {};

TEST_P(EvictionTest, NobodyGoesWithinTheLimit) {
  const auto eviction = make_eviction(GetParam(), 3);
  for (std::uint32_t block = 0; block < 3; ++block) eviction->added(block, hash_of_number(block));
  EXPECT_EQ(eviction->victim(), Victim());
  EXPECT_EQ(eviction->size(), 3U);
  eviction->added(3, hash_of_number(3));
  EXPECT_NE(eviction->victim(), Victim());
}

TEST_P(EvictionTest, TheOneJustAddedStays) {
  for (std::uint32_t limit = 1; limit < 300; limit += 7) {
    const auto eviction = make_eviction(GetParam(), limit);
    for (std::uint32_t block = 0; block < 1'000; ++block) {
      eviction->added(block, hash_of_number(block));
      const auto victim = eviction->victim();
      ASSERT_EQ(victim.has_value(), eviction->size() > limit);
      if (!victim) continue;
      ASSERT_NE(*victim, block);
      eviction->removed(*victim);
    }
    EXPECT_EQ(eviction->size(), limit);
  }
}

TEST_P(EvictionTest, ALowerLimitTakesTheRestOneByOne) {
  const auto eviction = make_eviction(GetParam(), 1'000);
  for (std::uint32_t block = 0; block < 1'000; ++block) eviction->added(block, hash_of_number(block));
  eviction->set_limit(10);
  std::vector<std::uint32_t> gone;
  while (const auto victim = eviction->victim()) {
    eviction->removed(*victim);
    gone.push_back(*victim);
  }
  EXPECT_EQ(gone.size(), 990U);
  EXPECT_EQ(eviction->size(), 10U);
  std::sort(gone.begin(), gone.end());
  EXPECT_EQ(std::unique(gone.begin(), gone.end()), gone.end());
  eviction->set_limit(2'000);
  for (const std::uint32_t block : gone) eviction->added(block, hash_of_number(block));
  EXPECT_EQ(eviction->victim(), Victim());
}

TEST_P(EvictionTest, VictimsThatMustStayMakeWayForOthersWithinBoundedTries) {
  const auto eviction = make_eviction(GetParam(), 50);
  for (std::uint32_t block = 0; block < 51; ++block) eviction->added(block, hash_of_number(block));
  constexpr std::uint32_t kOnlyOneThatMayGo = 33;
  int tries = 0;
  while (eviction->victim() != Victim(kOnlyOneThatMayGo) && tries < 5'000) {
    const std::uint32_t block = eviction->victim().value();
    eviction->touched(block, hash_of_number(block));
    ++tries;
  }
  EXPECT_LT(tries, 5'000);
}

TEST_P(EvictionTest, MemoryAnEntity) {
  constexpr std::uint32_t kLimit = 100'000;
  const auto eviction = make_eviction(GetParam(), kLimit);
  EXPECT_EQ(eviction->bytes(), 0U);
  for (std::uint32_t block = 0; block <= kLimit; ++block) {
    eviction->added(block, hash_of_number(block));
    if (block == 1'000) {
      EXPECT_LE(eviction->bytes(), 40'000U);
    }
  }
  const std::uint64_t each = GetParam() == EvictionPolicy::lru ? 12 : 16;
  EXPECT_LE(eviction->bytes(), each * kLimit + 100);
}

INSTANTIATE_TEST_SUITE_P(Policies, EvictionTest,
                         testing::Values(EvictionPolicy::lru, EvictionPolicy::tinylfu));

// Lists are vectors, newest first.
class Model {
 public:
  virtual ~Model() = default;
  virtual void added(std::uint32_t block, std::uint64_t hash) = 0;
  virtual void touched(std::uint32_t block, std::uint64_t hash) = 0;
  virtual void removed(std::uint32_t block) = 0;
  virtual void set_limit(std::uint32_t limit) = 0;
  virtual Victim victim() const = 0;

 protected:
  using List = std::vector<std::uint32_t>;
  static bool take(List& list, std::uint32_t block) { return std::erase(list, block) > 0; }
  static void put(List& list, std::uint32_t block) { list.insert(list.begin(), block); }
};

class LruModel : public Model {
 public:
  explicit LruModel(std::uint32_t limit) : limit_(limit) {}
  void added(std::uint32_t block, std::uint64_t /*hash*/) override { put(list_, block); }
  void touched(std::uint32_t block, std::uint64_t /*hash*/) override {
    take(list_, block);
    put(list_, block);
  }
  void removed(std::uint32_t block) override { take(list_, block); }
  void set_limit(std::uint32_t limit) override { limit_ = limit; }
  Victim victim() const override { return list_.size() > limit_ ? Victim(list_.back()) : Victim(); }

 private:
  List list_;
  std::uint32_t limit_;
};

class TinyLfuModel : public Model {
 public:
  explicit TinyLfuModel(std::uint32_t limit) : limit_(limit) {}

  void added(std::uint32_t block, std::uint64_t hash) override {
    put(window_, block);
    hashes_[block] = sketched(hash);
    if (sketch_.is_empty() && size() > limit_ / 2) sketch_.resize(limit_);
    sketch_.increment(sketched(hash));
    settle();
  }

  void touched(std::uint32_t block, std::uint64_t hash) override {
    sketch_.increment(sketched(hash));
    if (take(window_, block)) {
      put(window_, block);
    } else {
      // Without room for protected ones whoever is touched falls straight back.
      take(probation_, block);
      take(protected_, block);
      put(protected_, block);
      demote();
    }
  }

  void removed(std::uint32_t block) override {
    take(window_, block);
    take(probation_, block);
    take(protected_, block);
    settle();
  }

  void set_limit(std::uint32_t limit) override {
    if (limit == limit_) return;
    limit_ = limit;
    sketch_.resize(size() > limit / 2 ? limit : 0);
    demote();
    settle();
  }

  Victim victim() const override {
    if (size() <= limit_) return {};
    Victim resident;
    if (!protected_.empty()) resident = protected_.back();
    if (!probation_.empty()) resident = probation_.back();
    if (window_.size() <= window_max()) return resident;
    if (!resident) return window_.back();
    const bool newcomer_stays =
        sketch_.estimate(hashes_.at(window_.back())) > sketch_.estimate(hashes_.at(*resident));
    return newcomer_stays ? resident : Victim(window_.back());
  }

 private:
  static std::uint32_t sketched(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 34); }
  std::size_t size() const { return window_.size() + probation_.size() + protected_.size(); }
  std::size_t window_max() const { return std::max(1U, limit_ / 100); }
  std::size_t protected_max() const {
    const std::size_t main = limit_ - window_max();
    return main - main / 5;
  }
  void demote() {
    while (protected_.size() > protected_max()) {
      put(probation_, protected_.back());
      protected_.pop_back();
    }
  }
  void settle() {
    while (window_.size() > window_max() && size() <= limit_) {
      put(probation_, window_.back());
      window_.pop_back();
    }
  }

  List window_;
  List probation_;
  List protected_;
  std::unordered_map<std::uint32_t, std::uint32_t> hashes_;
  FrequencySketch sketch_;
  std::uint32_t limit_;
};

class EvictionRandomTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  void equals(EvictionPolicy policy, std::uint32_t limit) {
    const auto eviction = make_eviction(policy, limit);
    std::unique_ptr<Model> model;
    if (policy == EvictionPolicy::lru) model = std::make_unique<LruModel>(limit);
    if (policy == EvictionPolicy::tinylfu) model = std::make_unique<TinyLfuModel>(limit);
    std::vector<std::uint64_t> hash_of_block(2 * limit, 0);  // 0: not active
    for (int step = 0; step < 6'000; ++step) {
      const auto block =
          static_cast<std::uint32_t>(std::min(random_() % (2 * limit), random_() % (2 * limit)));
      if (hash_of_block[block] == 0) {
        hash_of_block[block] = hash_of_number(random_() % (4 * limit));
        eviction->added(block, hash_of_block[block]);
        model->added(block, hash_of_block[block]);
      } else if (random_() % 20 == 0) {
        hash_of_block[block] = 0;
        eviction->removed(block);
        model->removed(block);
      } else {
        eviction->touched(block, hash_of_block[block]);
        model->touched(block, hash_of_block[block]);
      }
      if (random_() % 500 == 0) {
        const auto other = static_cast<std::uint32_t>(random_() % limit + 1);
        eviction->set_limit(other);
        model->set_limit(other);
      }
      ASSERT_EQ(eviction->victim(), model->victim()) << "step " << step;
      while (random_() % 4 != 0 && model->victim()) {
        const std::uint32_t victim = model->victim().value();
        hash_of_block[victim] = 0;
        eviction->removed(victim);
        model->removed(victim);
        ASSERT_EQ(eviction->victim(), model->victim()) << "step " << step;
      }
    }
  }

  std::mt19937_64 random_{GetParam()};
};

TEST_P(EvictionRandomTest, LruEqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  for (const std::uint32_t limit : {1U, 2U, 40U}) equals(EvictionPolicy::lru, limit);
}

TEST_P(EvictionRandomTest, TinyLfuEqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  for (const std::uint32_t limit : {1U, 2U, 3U, 40U, 250U}) equals(EvictionPolicy::tinylfu, limit);
}

// How many of the messages find their entity active.
double hit_rate(EvictionPolicy policy, const std::vector<std::uint32_t>& ids, std::uint32_t limit) {
  const auto eviction = make_eviction(policy, limit);
  std::unordered_map<std::uint32_t, std::uint32_t> active;  // id to block
  std::vector<std::uint32_t> id_of_block(limit + 1);
  std::vector<std::uint32_t> free_blocks;
  for (std::uint32_t block = 0; block <= limit; ++block) free_blocks.push_back(block);
  std::size_t hits = 0;
  for (const std::uint32_t id : ids) {
    if (const auto found = active.find(id); found != active.end()) {
      ++hits;
      eviction->touched(found->second, hash_of_number(id));
      continue;
    }
    const std::uint32_t block = free_blocks.back();
    free_blocks.pop_back();
    id_of_block[block] = id;
    active[id] = block;
    eviction->added(block, hash_of_number(id));
    while (const auto victim = eviction->victim()) {
      eviction->removed(*victim);
      active.erase(id_of_block[*victim]);
      free_blocks.push_back(*victim);
    }
  }
  return static_cast<double>(hits) / static_cast<double>(ids.size());
}

TEST_P(EvictionRandomTest, TinyLfuKeepsFrequentOnesThroughScans) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  // Every other message is one of an endless scan; the others go to 5,000 ids with frequencies as 1/rank.
  std::vector<double> weights;
  for (int rank = 1; rank <= 5'000; ++rank) weights.push_back(1.0 / rank);
  std::discrete_distribution<std::uint32_t> zipf(weights.begin(), weights.end());
  std::vector<std::uint32_t> ids;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    ids.push_back(zipf(random_));
    ids.push_back(1'000'000 + i);
  }
  const double lru = hit_rate(EvictionPolicy::lru, ids, 500);
  const double tinylfu = hit_rate(EvictionPolicy::tinylfu, ids, 500);
  EXPECT_GT(tinylfu, lru + 0.05) << "lru " << lru << ", tinylfu " << tinylfu;
}

INSTANTIATE_TEST_SUITE_P(Seeds, EvictionRandomTest, testing::Range<std::uint64_t>(0, 6));

}  // namespace
}  // namespace shoal::lanes
