#include "host/cluster_settings.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "host/modules/handshake.hpp"

namespace shoal::host {

namespace {

constexpr std::uint32_t shards_default = 64;

// The partitions of a source's topics rule; what they are is known only when a broker answers, so that the
// topics stand for them.
std::string shards_of(const config::Config& config, const std::string& type) {
  std::set<std::string> topics;
  for (const config::Source& source : config.sources) {
    if (source.type == type) topics.insert(source.topics.begin(), source.topics.end());
  }
  if (topics.empty()) return std::to_string(shards_without_source(config, type));
  std::string text = "the partitions of";
  for (const std::string& topic : topics) text += " " + topic;
  return text;
}

}  // namespace

std::uint32_t shards_without_source(const config::Config& config, std::string_view type) {
  for (const config::EntityType& configured : config.types) {
    if (configured.name == type && configured.shards) return *configured.shards;
  }
  return shards_default;
}

std::string durability_of(const config::Config& config, std::string_view type) {
  for (const config::EntityType& configured : config.types) {
    if (configured.name == type) return configured.durability;
  }
  return "none";
}

bool has_durable_types(const config::Config& config) {
  return std::ranges::any_of(config.types, [](const auto& type) { return type.durability != "none"; });
}

cluster::Settings cluster_settings(const config::Config& config,
                                   const std::vector<modules::ModuleInfo>& modules) {
  cluster::Settings settings{{"partitioner", "murmur2"}};
  for (const modules::ModuleInfo& module : modules) {
    for (const std::string& type : module.types) {
      settings.emplace_back("types." + type + ".shards", shards_of(config, type));
      settings.emplace_back("types." + type + ".durability", durability_of(config, type));
      settings.emplace_back("the module ABI of type " + type, modules::describe_abi(module.abi));
    }
  }
  return settings;
}

}  // namespace shoal::host
