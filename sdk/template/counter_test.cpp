// Goal: counters add up, each for itself, and keep their sum when the module is replaced.
// Method: the testkit runs the behaviour's turns in this thread, through the same tables a host uses.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "shoal/testkit.hpp"

namespace {

void expect(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n", what.c_str());
  std::exit(1);
}

void expect_count(shoal::testkit::Kit& kit, const std::string& id, const std::string& reply) {
  const shoal::testkit::Turn turn = kit.ask(id, "get");
  expect(turn.ok() && turn.reply.has_value(), "get of " + id + " is answered: " + turn.error);
  expect(turn.reply->body == reply, id + " replies " + turn.reply->body + ", not " + reply);
}

}  // namespace

int main() {
  shoal::testkit::Kit kit("counter");

  expect(kit.tell("lamp", "add", R"({"amount": 2})").ok(), "add is taken");
  expect(kit.tell("lamp", "add", R"({"amount": -5})").ok(), "add takes negative amounts");
  expect_count(kit, "lamp", R"({"count":-3})");
  expect_count(kit, "door", R"({"count":0})");

  const shoal::testkit::Turn refused = kit.tell("lamp", "add", R"({"amount": "two"})");
  expect(refused.status == shoal::Status::undecodable, "text is no amount");
  expect_count(kit, "lamp", R"({"count":-3})");

  expect(kit.reload("lamp") == shoal::Status::ok, "a counter is saved and loaded");
  expect_count(kit, "lamp", R"({"count":-3})");

  return 0;
}
