// Goal: every key of [cluster] reaches the membership, and a bad key file is an error of the configuration.
// Method: configurations with one thing changed.
#include "host/cluster/cluster_options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace shoal::node {
namespace {

config::Config with(config::Cluster cluster) {
  config::Config config;
  config.node.name = "host-1";
  config.cluster = std::move(cluster);
  return config;
}

TEST(ClusterOptions, KeysReachTheMembership) {
  config::Cluster from;
  from.bind = "127.0.0.1:7";
  from.advertise = "10.0.0.1:8";
  from.seeds = {"a:1"};
  from.roles = {"backend"};
  from.members_min = 3;
  from.role_members_min = {{"backend", 2}};
  from.seed_timeout_ms = 4;
  from.join_give_up_ms = 5;
  from.weakly_up_after_ms = 6;
  from.downing_stable_after_ms = 7;
  from.downing_role = "backend";
  from.downing_unstable = "wait";
  from.downing_indirect_percent = 25;
  const auto made = options_of(with(from), {{"partitioner", "murmur2"}});
  ASSERT_TRUE(made.has_value());
  const ClusterNodeOptions& options = made.value();
  EXPECT_EQ(options.name, "host-1");
  EXPECT_EQ(options.cluster_name, "shoal");
  EXPECT_EQ(options.bind, "127.0.0.1:7");
  EXPECT_FALSE(options.takes_any_port);
  EXPECT_EQ(options.advertise, "10.0.0.1:8");
  EXPECT_EQ(options.roles, from.roles);
  EXPECT_FALSE(options.security.has_value());
  const cluster::MembershipConfig& membership = options.membership;
  EXPECT_EQ(membership.join.seeds, from.seeds);
  EXPECT_EQ(membership.join.seed_timeout_ms, 4);
  EXPECT_EQ(membership.join.give_up_after_ms, 5);
  EXPECT_EQ(membership.weakly_up_after_ms, 6);
  EXPECT_EQ(membership.members_min.all, 3U);
  EXPECT_EQ(membership.members_min.of_role.at("backend"), 2U);
  EXPECT_EQ(membership.downing.stable_after_ms, 7);
  EXPECT_EQ(membership.downing.role, "backend");
  EXPECT_FALSE(membership.downing.down_all_when_unstable);
  EXPECT_EQ(membership.downing.down_all_when_indirectly_connected, 0.25);
  EXPECT_EQ(membership.settings.size(), 1U);
}

TEST(ClusterOptions, WithoutABindThePortMayMove) {
  const auto made = options_of(with({.seeds = {"a:1"}}), {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made.value().bind, config::default_cluster_bind);
  EXPECT_TRUE(made.value().takes_any_port);
}

TEST(ClusterOptions, EachStrategyIsTheNamedOne) {
  for (const char* name : {"keep-majority", "static-quorum", "keep-oldest", "down-all"}) {
    const auto made = options_of(with({.downing = name, .downing_quorum = 2}), {});
    ASSERT_TRUE(made.has_value());
    EXPECT_STREQ(made.value().strategy->name(), name);
  }
}

TEST(ClusterOptions, TheKeyFileIsRead) {
  const auto file = std::filesystem::path(testing::TempDir()) /
                    ("shoal_cluster_options_" + std::to_string(::getpid()) + ".key");
  std::filesystem::remove(file);
  EXPECT_FALSE(options_of(with({.key_file = file, .allow_list = "allowed"}), {}).has_value());
  ASSERT_TRUE(transport::write_key_pair(file, transport::generate_key_pair()).has_value());
  const auto made = options_of(with({.key_file = file, .allow_list = "allowed"}), {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made.value().security->allow_list, "allowed");
  std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_EQ(options_of(with({.key_file = file, .allow_list = "allowed"}), {}).error().code,
            ErrorCode::bad_config);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace shoal::node
