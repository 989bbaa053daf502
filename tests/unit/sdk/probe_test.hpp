#pragma once
// The fixture of the tests that drive context_module.cpp.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "shoal/testkit.hpp"

namespace shoal::tests {

class ProbeTest : public testing::Test {
 protected:
  static std::string text(const std::string& what, const std::string& word) {
    return "{\"what\":\"" + what + "\",\"word\":\"" + word + "\"}";
  }
  testkit::Turn tell(const std::string& what, const std::string& word = "") {
    return kit_.tell("one", "do", text(what, word));
  }
  testkit::Turn ask(const std::string& what, const std::string& word = "") {
    return kit_.ask("one", "do", text(what, word));
  }
  testkit::Turn record(const std::string& what, const std::string& word = "") {
    return kit_.record("do", {.key = "one", .value = text(what, word)});
  }
  // What the entity has seen since it was made, this question included.
  std::string seen() { return ask("seen").reply.value().body; }

  testkit::Kit kit_{"probe", {.config = {{"limit", 42}}, .sinks = {{"log"}}}};
};

}  // namespace shoal::tests
