#include "host/config/consistency.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace shoal::config {
namespace {

Origin place_of(const Places& places, const std::string& list, std::size_t index) {
  const auto found = places.find(list + "[" + std::to_string(index) + "]");
  return found == places.end() ? Origin{} : found->second;
}

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

void check_topics(const Source& source, const Origin& place, std::vector<Problem>& problems) {
  if (source.topics.empty()) {
    problems.push_back({place, "source '" + source.name + "' needs at least one topic"});
  }
  if (std::set<std::string>(source.topics.begin(), source.topics.end()).size() != source.topics.size()) {
    problems.push_back({place, "source '" + source.name + "' names a topic twice"});
  }
  if (source.dead_letter_topic && std::ranges::count(source.topics, *source.dead_letter_topic) > 0) {
    problems.push_back({place, "source '" + source.name +
                                   "' would read its own dead letters: name a dead_letter_topic" +
                                   " that is not among its topics"});
  }
}

// Two sources of one group would overwrite each other's offsets.
void check_groups(const std::vector<Source>& sources, const Places& places, std::vector<Problem>& problems) {
  std::map<std::pair<std::string, std::string>, std::string> owners;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::set<std::string> topics(sources[i].topics.begin(), sources[i].topics.end());
    for (const std::string& topic : topics) {
      const auto [owner, added] = owners.try_emplace({sources[i].group, topic}, sources[i].name);
      if (added) continue;
      problems.push_back({place_of(places, "sources", i), "source '" + sources[i].name + "' reads topic '" +
                                                              topic + "' as group '" + sources[i].group +
                                                              "', as source '" + owner->second +
                                                              "' does: give it a group of its own"});
    }
  }
}

void check_memory(const Node& node, std::vector<Problem>& problems) {
  if (node.memory_shed_percent == 0 || node.memory_shed_target_percent < node.memory_shed_percent) return;
  problems.push_back({Origin{}, "node.memory_shed_target_percent is " +
                                    std::to_string(node.memory_shed_target_percent) +
                                    ": it must be less than node.memory_shed_percent, which is " +
                                    std::to_string(node.memory_shed_percent)});
}

}  // namespace

void check_consistency(const Config& config, const Places& places, std::vector<Problem>& problems) {
  check_unique(
      config.modules, "modules", "module", [](const Module& module) { return module.path.string(); }, places,
      problems);
  check_unique(
      config.sources, "sources", "source", [](const Source& source) { return source.name; }, places,
      problems);
  check_unique(
      config.sinks, "sinks", "sink", [](const Sink& sink) { return sink.name; }, places, problems);
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    check_topics(config.sources[i], place_of(places, "sources", i), problems);
  }
  check_groups(config.sources, places, problems);
  check_memory(config.node, problems);
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
