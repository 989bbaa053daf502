// Goal: who is remembered is known, said and started once, the most recent first, whatever was added, moved
// and taken away in between. Method: hand-made cases, then random steps beside a list; rapidcheck makes a
// failing run short. RC_PARAMS="seed=…" repeats one.

#include "host/lanes/remembered.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "host/lanes/entity_table.hpp"

namespace shoal::lanes {
namespace {

constexpr std::size_t kAllBytes = 1'000'000;
using Ids = std::vector<std::string>;

bool add(Remembered& remembered, const std::string& id) { return remembered.add(id, hash_of(id)); }
bool remove(Remembered& remembered, const std::string& id) { return remembered.remove(id, hash_of(id)); }
bool has(const Remembered& remembered, const std::string& id) { return remembered.has(id, hash_of(id)); }

Remembered of(const Ids& ids) {
  Remembered remembered;
  for (const std::string& id : ids) add(remembered, id);
  return remembered;
}

Ids all_starts(Remembered& remembered) {
  Ids ids;
  while (auto id = remembered.next_start()) ids.push_back(*id);
  return ids;
}

Ids walk_all(Remembered& remembered, std::size_t bytes) {
  Ids ids;
  remembered.begin_walk();
  while (remembered.is_walking()) {
    const auto some = remembered.walk(bytes, 2);
    ids.insert(ids.end(), some.begin(), some.end());
  }
  return ids;
}

TEST(RememberedTest, KnowsWhoWasAddedAndNotTakenAway) {
  Remembered remembered;
  EXPECT_FALSE(has(remembered, "a"));
  EXPECT_FALSE(remove(remembered, "a"));
  EXPECT_TRUE(add(remembered, "a"));
  EXPECT_FALSE(add(remembered, "a"));
  EXPECT_TRUE(add(remembered, std::string(1'024, 'x')));
  EXPECT_EQ(remembered.size(), 2U);
  EXPECT_TRUE(remove(remembered, "a"));
  EXPECT_FALSE(has(remembered, "a"));
  EXPECT_TRUE(has(remembered, std::string(1'024, 'x')));
  EXPECT_EQ(remembered.size(), 1U);
}

TEST(RememberedTest, TheMostRecentIsStartedFirst) {
  Remembered remembered = of({"a", "b", "c", "a"});
  EXPECT_EQ(remembered.waiting(), 0U);
  remembered.start_all();
  EXPECT_EQ(remembered.waiting(), 3U);
  EXPECT_EQ(all_starts(remembered), (Ids{"a", "c", "b"}));
  EXPECT_EQ(remembered.waiting(), 0U);
}

TEST(RememberedTest, WhoRunsOrHasStoppedIsNotStarted) {
  Remembered remembered = of({"a", "b", "c", "d"});
  remembered.start_all();
  EXPECT_EQ(remembered.next_start(), "d");
  remembered.started("a", hash_of("a"));
  remembered.started("unknown", hash_of("unknown"));
  add(remembered, "b");
  EXPECT_EQ(remembered.waiting(), 1U);
  remove(remembered, "c");
  EXPECT_EQ(remembered.waiting(), 0U);
  EXPECT_FALSE(remembered.next_start().has_value());
}

TEST(RememberedTest, WhoEndedAgainstItsWillIsStartedBeforeAllOthers) {
  Remembered remembered = of({"a", "b"});
  remembered.start_all();
  EXPECT_EQ(remembered.next_start(), "b");
  remembered.start_again("b", hash_of("b"));
  remembered.start_again("unknown", hash_of("unknown"));
  EXPECT_EQ(remembered.waiting(), 2U);
  EXPECT_EQ(all_starts(remembered), (Ids{"b", "a"}));
}

TEST(RememberedTest, NobodyIsStartedWhereThatIsCalledOff) {
  Remembered remembered = of({"a", "b"});
  remembered.start_all();
  remembered.start_again("b", hash_of("b"));
  remembered.start_none();
  EXPECT_EQ(remembered.waiting(), 0U);
  EXPECT_FALSE(remembered.next_start().has_value());
  remembered.start_all();
  EXPECT_EQ(all_starts(remembered), (Ids{"b", "a"}));
}

TEST(RememberedTest, AWalkSaysAllInPartsTheOldestFirst) {
  Remembered remembered = of({"aa", "bb", "cc", "dd"});
  remove(remembered, "bb");
  remembered.begin_walk();
  const auto first = remembered.walk(8, 2);
  EXPECT_EQ(Ids(first.begin(), first.end()), (Ids{"aa", "cc"}));
  add(remembered, "aa");  // it stays where it is
  add(remembered, "ee");
  const auto second = remembered.walk(1, 2);
  EXPECT_EQ(Ids(second.begin(), second.end()), Ids{"dd"}) << "one at least, and none that came later";
  EXPECT_TRUE(remembered.walk(kAllBytes, 2).empty());
  EXPECT_FALSE(remembered.is_walking());
  EXPECT_EQ(walk_all(remembered, 1), (Ids{"aa", "cc", "dd", "ee"}));
}

TEST(RememberedTest, MovingAndTakingAwayCostsNoMemoryInTheEnd) {
  Remembered remembered;
  for (int i = 0; i < 1'000; ++i) add(remembered, "entity-" + std::to_string(i));
  const std::size_t before = remembered.bytes();
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 1'000; ++i) {
      const std::string id = "entity-" + std::to_string(i);
      if (i % 3 == 0) remove(remembered, id);
      add(remembered, id);
    }
  }
  EXPECT_EQ(remembered.size(), 1'000U);
  EXPECT_LE(remembered.bytes(), 2 * before);
}

// What README.md says of a million.
TEST(RememberedTest, AnIdCostsFewBytesBesideItsOwn) {
  constexpr std::size_t count = 1'000'000;
  Remembered remembered;
  std::size_t id_bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = "entity-" + std::to_string(i);
    id_bytes += id.size();
    remembered.add(id, hash_of(id));
  }
  const std::size_t beside = (remembered.bytes() - id_bytes) / count;
  RecordProperty("bytes_beside", static_cast<int>(beside));
  EXPECT_LE(beside, 20U);
}

enum class Act : std::uint8_t { add, remove, start_all, next_start, started, start_again, begin_walk, walk };

struct Step {
  Act act = Act::add;
  std::uint32_t id = 0;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "act " << static_cast<int>(step.act) << " id " << step.id;
}

rc::Gen<Step> step_on_ids() {
  const auto act = rc::gen::weightedElement<Act>({{20, Act::add},
                                                  {8, Act::remove},
                                                  {1, Act::start_all},
                                                  {6, Act::next_start},
                                                  {3, Act::started},
                                                  {1, Act::start_again},
                                                  {1, Act::begin_walk},
                                                  {4, Act::walk}});
  return rc::gen::build<Step>(rc::gen::set(&Step::act, act),
                              rc::gen::set(&Step::id, rc::gen::inRange<std::uint32_t>(0, 60)));
}

// Who is remembered, the most recent last, as plain lists.
struct ModelOfRemembered {
  Ids order;
  std::set<std::string> waiting;
  Ids again;
  std::set<std::string> to_say;  // what the walk still has to say
  bool walks = false;

  bool has(const std::string& id) const { return std::find(order.begin(), order.end(), id) != order.end(); }
  bool add(const std::string& id) {
    const bool is_new = !has(id);
    waiting.erase(id);
    if (is_new || !walks) {
      std::erase(order, id);
      order.push_back(id);
    }
    return is_new;
  }
  bool remove(const std::string& id) {
    waiting.erase(id);
    to_say.erase(id);
    return std::erase(order, id) > 0;
  }
  std::optional<std::string> next_start() {
    if (!again.empty()) {
      const std::string id = again.front();
      again.erase(again.begin());
      return id;
    }
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      if (waiting.erase(*id) > 0) return *id;
    }
    return std::nullopt;
  }
};

// Long, so that ids are packed soon.
std::string long_id(std::uint32_t number) { return std::to_string(number) + std::string(300, 'i'); }

void take_walk_step(Remembered& remembered, ModelOfRemembered& model) {
  for (const std::string_view id : remembered.walk(1'000, 2))
    RC_ASSERT(model.to_say.erase(std::string(id)) == 1);
  model.walks = remembered.is_walking();
  if (!model.walks) RC_ASSERT(model.to_say.empty());
}

void take_step(const Step& step, Remembered& remembered, ModelOfRemembered& model) {
  const std::string id = long_id(step.id);
  switch (step.act) {
    case Act::add:
      return RC_ASSERT(add(remembered, id) == model.add(id));
    case Act::remove:
      return RC_ASSERT(remove(remembered, id) == model.remove(id));
    case Act::start_all:
      remembered.start_all();
      model.waiting = {model.order.begin(), model.order.end()};
      return;
    case Act::next_start:
      return RC_ASSERT(remembered.next_start() == model.next_start());
    case Act::started:
      remembered.started(id, hash_of(id));
      model.waiting.erase(id);
      return;
    case Act::start_again:
      remembered.start_again(id, hash_of(id));
      if (model.has(id)) model.again.push_back(id);
      return;
    case Act::begin_walk:
      remembered.begin_walk();
      model.walks = true;
      model.to_say = {model.order.begin(), model.order.end()};
      return;
    case Act::walk:
      return take_walk_step(remembered, model);
  }
}

TEST(RememberedTest, IsWhatAPlainListSays) {
  EXPECT_TRUE(rc::check("random steps", [] {
    const auto steps = *rc::gen::scale(5.0, rc::gen::container<std::vector<Step>>(step_on_ids()));
    Remembered remembered;
    ModelOfRemembered model;
    for (const Step& step : steps) {
      take_step(step, remembered, model);
      RC_ASSERT(remembered.size() == model.order.size());
      RC_ASSERT(remembered.waiting() == model.waiting.size() + model.again.size());
    }
    while (model.walks) take_walk_step(remembered, model);
    RC_ASSERT(walk_all(remembered, 1'000) == model.order);
    while (const auto id = model.next_start()) RC_ASSERT(remembered.next_start() == id);
    RC_ASSERT(!remembered.next_start().has_value());
  }));
}

}  // namespace
}  // namespace shoal::lanes
