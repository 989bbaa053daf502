// Goal: the log hears of everything once and of nothing too often. Method: the same and other texts at given
// times.
#include "cluster/transport/warnings.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal::transport {
namespace {

TEST(WarningsTest, TheSameIsToldAgainAfterAWhile) {
  std::vector<std::string> told;
  Warnings warnings([&](const std::string& text) { told.push_back(text); });
  warnings.tell("a", 0);
  warnings.tell("a", Warnings::again_ms - 1);
  warnings.tell("b", Warnings::again_ms - 1);
  EXPECT_EQ(told, (std::vector<std::string>{"a", "b"}));
  warnings.tell("a", Warnings::again_ms);
  EXPECT_EQ(told.size(), 3);
}

TEST(WarningsTest, ThereIsABoundForAllTogether) {
  std::size_t told = 0;
  Warnings warnings([&](const std::string&) { ++told; });
  for (std::size_t i = 0; i < 10 * Warnings::told_max; ++i) warnings.tell(std::to_string(i), 0);
  EXPECT_EQ(told, Warnings::told_max);
  warnings.tell("later", Warnings::again_ms);
  EXPECT_EQ(told, Warnings::told_max + 1);
}

}  // namespace
}  // namespace shoal::transport
