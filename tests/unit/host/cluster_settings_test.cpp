// Goal: what members must have alike names each type of the loaded modules, a sourced one by its topics.
// Method: configurations and lists of modules made by hand.
#include "host/cluster_settings.hpp"

#include <gtest/gtest.h>

namespace shoal::host {
namespace {

TEST(ClusterSettings, NameEachTypeWithItsShards) {
  config::Config config;
  config::EntityType counter;
  counter.name = "counter";
  counter.shards = 8;
  config.types.push_back(counter);
  config::Source flights;
  flights.type = "aircraft";
  flights.topics = {"late", "early"};
  config.sources.push_back(flights);
  modules::ModuleInfo module;
  module.types = {"counter", "aircraft", "other"};
  const cluster::Settings settings = cluster_settings(config, {module});
  const auto value_of = [&](const std::string& name) {
    for (const auto& [each, value] : settings) {
      if (each == name) return value;
    }
    return std::string("nothing");
  };
  EXPECT_EQ(settings.size(), 10U);
  EXPECT_EQ(value_of("partitioner"), "murmur2");
  EXPECT_EQ(value_of("types.counter.shards"), "8");
  EXPECT_EQ(value_of("types.other.shards"), "64");
  EXPECT_EQ(value_of("types.aircraft.shards"), "the partitions of early late");
  EXPECT_EQ(value_of("types.counter.durability"), "none");
  EXPECT_NE(value_of("the module ABI of type counter"), "nothing");
}

}  // namespace
}  // namespace shoal::host
