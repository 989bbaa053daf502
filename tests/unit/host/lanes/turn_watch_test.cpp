// Goal: a look shows one whole turn or none. Method: ids of every size by hand, and a writer on one thread
// against a reader on another that checks each look against what the writer makes of the turn's number.
#include "host/lanes/turn_watch.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace shoal::lanes {
namespace {

// An id of `size` bytes that says which it is, and differs from others in every byte.
std::string id_of(std::size_t size, std::uint64_t number) {
  std::string id;
  for (std::size_t i = 0; i < size; ++i) id += static_cast<char>('0' + (number + i) % 75);
  return id;
}

TEST(TurnWatch, ShowsTheTurnItIsInsideOf) {
  TurnWatch watch;
  EXPECT_FALSE(watch.look());
  for (std::size_t size = 0; size <= 1'024; ++size) {
    const std::string id = id_of(size, size);
    const std::uint64_t turn = watch.enter(TypeIndex{7}, id);
    const auto look = watch.look();
    ASSERT_TRUE(look) << size;
    EXPECT_EQ(look->turn, turn);
    EXPECT_EQ(look->type, TypeIndex{7});
    EXPECT_EQ(look->id, id.substr(0, TurnWatch::shown_id_bytes_max));
    EXPECT_EQ(look->id_bytes, size);
    watch.leave(turn);
    EXPECT_FALSE(watch.look()) << size;
  }
}

TEST(TurnWatch, SaysWhereTheTurnIsTheLastOne) {
  TurnWatch watch;
  const std::string id(1'024, 'a');
  const std::uint64_t turn = watch.enter(TypeIndex{UINT32_MAX}, id);
  EXPECT_FALSE(watch.look()->is_last);
  watch.enter_last();
  const auto look = watch.look();
  EXPECT_TRUE(look->is_last);
  EXPECT_EQ(look->turn, turn);
  EXPECT_EQ(look->type, TypeIndex{UINT32_MAX});
  EXPECT_EQ(look->id_bytes, id.size());
  watch.leave(turn);
  watch.enter(TypeIndex{1}, "a");
  EXPECT_FALSE(watch.look()->is_last);
}

TEST(TurnWatch, EachTurnIsAnother) {
  TurnWatch watch;
  const std::uint64_t first = watch.enter(TypeIndex{1}, "a");
  EXPECT_EQ(watch.look()->turn, first);
  EXPECT_EQ(watch.look()->turn, first);
  watch.leave(first);
  watch.enter(TypeIndex{1}, "a");
  EXPECT_NE(watch.look()->turn, first);
}

TEST(TurnWatch, AScopeIsATurn) {
  TurnWatch watch;
  {
    const WatchedTurn turn(watch, TypeIndex{1}, "a");
    EXPECT_TRUE(watch.look());
  }
  EXPECT_FALSE(watch.look());
}

TEST(TurnWatch, NoLookMixesTwoTurns) {
  TurnWatch watch;
  std::atomic<bool> enough{false};
  std::thread lane([&] {
    // A turn's number follows from how many were before it: 1, 3, 5, …. The id of the next turn is made
    // inside of this one, so that turns last long enough to be seen, whatever each step costs in this build.
    std::string id = id_of(1, 1);
    for (std::uint64_t turn = 1; !enough.load(std::memory_order_relaxed); turn += 2) {
      const std::uint64_t entered = watch.enter(TypeIndex{static_cast<std::uint32_t>(turn % 1'000)}, id);
      id = id_of((turn + 2) % 80, turn + 2);
      watch.leave(entered);
    }
  });
  std::uint64_t shown = 0;
  while (shown < 500) {
    const auto look = watch.look();
    if (!look) continue;
    ++shown;
    EXPECT_EQ(look->type.value, look->turn % 1'000);
    EXPECT_EQ(look->id_bytes, look->turn % 80);
    EXPECT_EQ(look->id, id_of(look->turn % 80, look->turn).substr(0, TurnWatch::shown_id_bytes_max));
  }
  enough = true;
  lane.join();
}

}  // namespace
}  // namespace shoal::lanes
