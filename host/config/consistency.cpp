#include "host/config/consistency.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "host/config/cluster_consistency.hpp"
#include "host/config/source_consistency.hpp"

namespace shoal::config {
namespace {

// Elements whose `name_of` somebody before them has too.
template <class T, class NameOf>
void check_unique(const std::vector<T>& elements, const char* list, const char* what, NameOf name_of,
                  const Places& places, std::vector<Problem>& problems) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::string name = name_of(elements[i]);
    if (name.empty() || seen.insert(name).second) continue;
    problems.push_back({place_of(places, list, i), std::string{what} + " '" + name + "' is there twice: " +
                                                       "keep one [[" + list + "]] of it"});
  }
}

void check_memory(const Node& node, std::vector<Problem>& problems) {
  if (node.memory_shed_percent == 0 || node.memory_shed_target_percent < node.memory_shed_percent) return;
  problems.push_back({Origin{}, "node.memory_shed_target_percent is " +
                                    std::to_string(node.memory_shed_target_percent) +
                                    ": it must be less than node.memory_shed_percent, which is " +
                                    std::to_string(node.memory_shed_percent)});
}

// Without shared ownership each member would claim the logs of all shards.
void check_durability(const Config& config, std::vector<Problem>& problems) {
  if (!config.cluster.is_on()) return;
  for (const EntityType& type : config.types) {
    if (type.durability == "none") continue;
    problems.push_back({Origin{}, "types." + type.name +
                                      ".durability must be \"none\" in a cluster, whose members do "
                                      "not share their shards yet: or run one host without cluster.seeds"});
  }
}

// What nothing keeps cannot be remembered.
void check_remembered(const Config& config, std::vector<Problem>& problems) {
  for (const EntityType& type : config.types) {
    if (!type.remember_entities || type.durability != "none") continue;
    const std::string prefix = "types." + type.name + ".";
    problems.push_back({Origin{}, prefix + "remember_entities must be false while " + prefix +
                                      "durability is \"none\", with which nothing is kept: set it to "
                                      "\"state\" or \"events\""});
  }
}

void check_journal(const Config& config, std::vector<Problem>& problems) {
  if (config.journal.log == "kafka" && config.kafka.bootstrap_servers.empty()) {
    problems.push_back(
        {Origin{}, "journal.log is \"kafka\": it needs a Kafka cluster, set kafka.bootstrap_servers"});
  }
}

}  // namespace

Origin place_of(const Places& places, const std::string& list, std::size_t index) {
  const auto found = places.find(list + "[" + std::to_string(index) + "]");
  return found == places.end() ? Origin{} : found->second;
}

void check_consistency(const Config& config, const Places& places, std::vector<Problem>& problems) {
  check_unique(
      config.modules, "modules", "module", [](const Module& module) { return module.path.string(); }, places,
      problems);
  check_unique(
      config.sources, "sources", "source", [](const Source& source) { return source.name; }, places,
      problems);
  check_unique(
      config.sinks, "sinks", "sink", [](const Sink& sink) { return sink.name; }, places, problems);
  check_sources(config.sources, places, problems);
  check_memory(config.node, problems);
  check_cluster(config.cluster, problems);
  check_durability(config, problems);
  check_remembered(config, problems);
  check_journal(config, problems);
  if (!config.kafka.bootstrap_servers.empty()) return;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    problems.push_back(
        {place_of(places, "sources", i),
         "source '" + config.sources[i].name + "' needs a Kafka cluster: set kafka.bootstrap_servers"});
  }
  for (std::size_t i = 0; i < config.sinks.size(); ++i) {
    problems.push_back(
        {place_of(places, "sinks", i),
         "sink '" + config.sinks[i].name + "' needs a Kafka cluster: set kafka.bootstrap_servers"});
  }
}

}  // namespace shoal::config
