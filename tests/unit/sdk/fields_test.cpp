// Goal: SHOAL_FIELDS describes structs of every supported shape. Method: structs are visited and their names,
// values and defaults compared; what the macro promises about types is checked by the compiler.
#include "shoal/fields.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace {

struct Inside {
  int first = 1;
  std::string second = "two";
  SHOAL_FIELDS(Inside, first, second)
};

struct Beside {
  int first = 1;
  double second = 2;
};
SHOAL_FIELDS(Beside, first, second)

class Private {
 public:
  SHOAL_FIELDS(Private, hidden_)
  SHOAL_DEFAULTED(Private, hidden_)

 private:
  [[maybe_unused]] int hidden_ = 3;
};

struct Nothing {};
struct Undescribed {
  int member;
};
struct Node {
  int value = 0;
  std::vector<Node> children;
  SHOAL_FIELDS(Node, value, children)
};

struct Widest {
  int f00, f01, f02, f03, f04, f05, f06, f07, f08, f09, f10, f11, f12, f13, f14, f15;
  int f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31;
  int f32, f33, f34, f35, f36, f37, f38, f39, f40, f41, f42, f43, f44, f45, f46, f47;
  int f48, f49, f50, f51, f52, f53, f54, f55, f56, f57, f58, f59, f60, f61, f62, f63;
  SHOAL_FIELDS(Widest, f00, f01, f02, f03, f04, f05, f06, f07, f08, f09, f10, f11, f12, f13, f14, f15, f16,
               f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31, f32, f33, f34, f35,
               f36, f37, f38, f39, f40, f41, f42, f43, f44, f45, f46, f47, f48, f49, f50, f51, f52, f53, f54,
               f55, f56, f57, f58, f59, f60, f61, f62, f63)
};

static_assert(shoal::Described<Inside> && shoal::Described<Beside> && shoal::Described<Private>);
static_assert(shoal::Described<Nothing> && shoal::Described<Node>);
static_assert(!shoal::Described<Undescribed> && !shoal::Described<int> && !shoal::Described<std::string>);
static_assert(std::is_aggregate_v<Inside> && std::is_aggregate_v<Beside>);
static_assert(shoal::field_count<Inside> == 2 && shoal::field_count<Nothing> == 0);
static_assert(shoal::field_count<Widest> == 64);

template <class T>
std::vector<std::string> names(T object) {
  std::vector<std::string> result;
  shoal::for_each_field(object, [&](std::string_view name, auto&) { result.emplace_back(name); });
  return result;
}

TEST(Fields, AreVisitedInTheOrderTheyAreNamed) {
  EXPECT_EQ(names(Inside{}), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(names(Beside{}), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(names(Private{}), (std::vector<std::string>{"hidden_"}));
  EXPECT_TRUE(names(Nothing{}).empty());
  EXPECT_EQ(names(Widest{}).back(), "f63");
}

TEST(Fields, CanBeChangedThroughAVisit) {
  Inside object;
  shoal::for_each_field(object, [](std::string_view, auto& value) { value = {}; });
  EXPECT_EQ(object.first, 0);
  EXPECT_EQ(object.second, "");
}

TEST(Fields, OfAConstObjectAreConst) {
  const Inside object;
  shoal::for_each_field(object, [](std::string_view, auto& value) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(value)>>);
  });
}

TEST(Fields, TellWhichAreDefaulted) {
  constexpr auto hidden = std::get<0>(shoal::fields<Private>());
  constexpr auto first = std::get<0>(shoal::fields<Inside>());
  EXPECT_TRUE(shoal::detail::is_defaulted<Private>(hidden));
  EXPECT_FALSE(shoal::detail::is_defaulted<Inside>(first));
}

}  // namespace
