// Goal: addresses of [cluster] are read in every form they have, and keys that do not go together are named
// with the next step. Method: tables of texts, and configurations with one contradiction each.
#include "host/config/cluster_consistency.hpp"

#include <gtest/gtest.h>

#include "host/config/cluster_values.hpp"

namespace shoal::config {
namespace {

std::vector<std::string> problems_of(const Cluster& cluster) {
  std::vector<Problem> problems;
  check_cluster(cluster, problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.text);
  return texts;
}

void expect_problem(const Cluster& cluster, const std::string& words) {
  const auto problems = problems_of(cluster);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find(words), std::string::npos) << problems[0];
}

TEST(ClusterValues, AddressesHaveAHostAndAPort) {
  EXPECT_EQ(read_host_port("[fe80::1%eth0]:7")->host, "fe80::1%eth0");
  EXPECT_EQ(read_host_port("a.b-c_d:65535")->port, 65'535);
  for (const char* text : {"", "a", ":1", "a:", "a:65536", "a:-1", "a b:1", "::1:7", "[]:1", "a:1 "}) {
    EXPECT_FALSE(read_host_port(text)) << text;
  }
  EXPECT_EQ(bind_problem("0.0.0.0:0"), "");
  EXPECT_EQ(bind_problem(""), "");
  EXPECT_NE(address_problem("a:0"), "");
  EXPECT_NE(address_problem("[::]:1"), "");
  EXPECT_NE(address_problem(""), "");
  EXPECT_EQ(address_or_empty_problem(""), "");
  EXPECT_TRUE(is_loopback("127.1.2.3"));
  EXPECT_FALSE(is_loopback("10.127.0.1"));
}

TEST(ClusterValues, RolesHaveANumberOfMembers) {
  EXPECT_EQ(read_role_members("back=end=3"), std::nullopt);
  EXPECT_EQ(read_role_members("=3"), std::nullopt);
  EXPECT_EQ(read_role_members("a=10001"), std::nullopt);
  EXPECT_EQ(read_role_members("backend=3")->members, 3U);
}

TEST(ClusterConsistency, AHostAloneAndOnesOnOneMachineNeedNothing) {
  EXPECT_TRUE(problems_of({}).empty());
  EXPECT_TRUE(problems_of({.seeds = {"127.0.0.1:25520", "localhost:1"}}).empty());
  EXPECT_TRUE(problems_of({.bind = "[::1]:0"}).empty());
}

TEST(ClusterConsistency, WhatDoesNotGoTogetherIsNamed) {
  expect_problem({.key_file = "k"}, "cluster.key_file needs cluster.allow_list");
  expect_problem({.allow_list = "a"}, "cluster.allow_list needs cluster.key_file");
  expect_problem({.bind = "10.0.0.1:1"}, "shoal key generate");
  expect_problem({.bind = "0.0.0.0:1", .key_file = "k", .allow_list = "a"}, "set cluster.advertise");
  expect_problem({.seeds = {"10.0.0.1:1"}}, "the seed 10.0.0.1:1 is elsewhere: set cluster.bind");
  expect_problem({.seeds = {"127.0.0.1:1", "127.0.0.1:1"}}, "twice");
  expect_problem({.downing = "static-quorum"}, "set cluster.downing_quorum");
  expect_problem({.downing_quorum = 2}, "is for cluster.downing = \"static-quorum\"");
  EXPECT_TRUE(problems_of({.bind = "0.0.0.0:1",
                           .advertise = "10.0.0.1:1",
                           .seeds = {"10.0.0.2:1"},
                           .key_file = "k",
                           .allow_list = "a"})
                  .empty());
  EXPECT_TRUE(problems_of({.downing = "static-quorum", .downing_quorum = 2}).empty());
}

}  // namespace
}  // namespace shoal::config
