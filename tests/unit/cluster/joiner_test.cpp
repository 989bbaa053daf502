// Goal: only the first seed begins a cluster, and only after no other answered for the time-out; a node that
// is not let in asks again, and gives up when it is told to. Method: the joiner with its time moved by hand.

#include "cluster/joiner.hpp"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

class JoinerTest : public testing::Test, protected JoinActions {
 protected:
  void ask_seed(const std::string& address) override { asked.push_back(address); }
  void request_join(const std::string& address) override { requested.push_back(address); }
  void form_cluster() override { has_formed = true; }
  void give_up() override { has_given_up = true; }

  void run(Joiner& joiner, std::int64_t from_ms, std::int64_t to_ms) {
    for (std::int64_t now_ms = from_ms; now_ms <= to_ms; now_ms += 100) joiner.tick(now_ms, *this);
  }

  std::vector<std::string> asked;
  std::vector<std::string> requested;
  bool has_formed = false;
  bool has_given_up = false;
};

TEST_F(JoinerTest, TheFirstSeedWaitsForTheOthersBeforeItBegins) {
  Joiner joiner({.seeds = {"a", "b"}}, "a");
  joiner.start(0, *this);
  run(joiner, 0, 4'900);
  EXPECT_FALSE(has_formed);
  EXPECT_EQ(asked, std::vector<std::string>(5, "b"));
  run(joiner, 5'000, 5'000);
  EXPECT_TRUE(has_formed);
}

TEST_F(JoinerTest, AnotherSeedNeverBegins) {
  Joiner joiner({.seeds = {"a", "b"}}, "b");
  joiner.start(0, *this);
  run(joiner, 0, 600'000);
  EXPECT_FALSE(has_formed);
  EXPECT_EQ(joiner.state(), Joiner::State::asking);
}

TEST_F(JoinerTest, AsksToBeLetInAgainThenAnotherSeed) {
  Joiner joiner({.seeds = {"a", "b"}}, "c");
  joiner.start(0, *this);
  joiner.found_member("b", 100, *this);
  run(joiner, 100, 10'000);
  EXPECT_EQ(requested, std::vector<std::string>(10, "b"));
  run(joiner, 10'100, 11'200);
  EXPECT_EQ(joiner.state(), Joiner::State::asking);
}

TEST_F(JoinerTest, GivesUpWhenItIsTold) {
  Joiner joiner({.seeds = {"a"}, .give_up_after_ms = 20'000}, "c");
  joiner.start(0, *this);
  run(joiner, 0, 19'900);
  EXPECT_FALSE(has_given_up);
  run(joiner, 20'000, 20'000);
  EXPECT_TRUE(has_given_up);
}

}  // namespace
}  // namespace shoal::cluster
