#pragma once
// The testkit drives the entities of one type of a module that is linked into the test program, through the
// same ABI a host uses, with a clock of its own. The standard library only; any test framework.
//
//   shoal::testkit::Kit kit("aircraft");
//   auto turn = kit.record("flight", {.key = "N14228", .value = R"({"dep_time": 517, …})"});
//   EXPECT_EQ(turn.status, shoal::Status::ok);
//   EXPECT_EQ(kit.ask("N14228", "summary").reply->body, R"({"flights":1,…})");

#include "shoal/testkit/kit.hpp"
