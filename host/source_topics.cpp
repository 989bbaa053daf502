// How SourceController finds the topics of a source: those that are named, those that match a pattern, at
// first and later, and whether their partition counts fit.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "host/config/source_consistency.hpp"
#include "host/source_controller.hpp"

namespace shoal::host {

namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_of_kafka_itself(const std::string& topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state";
}

std::string partitions_of(const std::string& topic, std::uint32_t count) {
  return "topic " + topic + " has " + std::to_string(count) + " partitions";
}

}  // namespace

Result<std::uint32_t> SourceController::count_of(Source& source, const std::string& topic) {
  const auto counted = options_.topics->partition_count(topic, request_timeout);
  if (!counted) {
    set_kafka(counted.error().code == ErrorCode::unreachable ? counted.error().message : "");
    if (counted.error().code == ErrorCode::not_found) source.gone.insert(topic);
    return counted.error();
  }
  set_kafka("");
  return counted;
}

// The partition count that all topics of the source share.
Result<std::uint32_t> SourceController::topic_partitions(Source& source) {
  std::optional<std::uint32_t> shared;
  for (const std::string& topic : source.topics) {
    SHOAL_TRY(count, count_of(source, topic));
    if (shared && *shared != count) {
      return error(ErrorCode::refused, partitions_of(topic, count) + ", topic " + source.topics.front() +
                                           " has " + std::to_string(*shared) +
                                           ": topics of one source need equal partition counts");
    }
    shared = count;
  }
  return *shared;
}

// What the host writes itself is never matched: its own output would come back to it.
Result<std::map<std::string, std::uint32_t>> SourceController::matching_topics(const Source& source) {
  auto all = options_.topics->topics(request_timeout);
  set_kafka(!all && all.error().code == ErrorCode::unreachable ? all.error().message : "");
  if (!all) return all.error();
  std::map<std::string, std::uint32_t> matching;
  for (const auto& [topic, count] : all.value()) {
    const bool matches = std::ranges::any_of(
        source.patterns, [&topic = topic](const config::TopicPattern& one) { return one.matches(topic); });
    if (matches && !is_of_kafka_itself(topic) && !contains(options_.output_topics, topic)) {
      matching.emplace(topic, count);
    }
  }
  return matching;
}

// How many partitions the topics must have; none where the first topic that matches decides.
Result<std::optional<std::uint32_t>> SourceController::wanted_count(Source& source) {
  if (const auto opened = options_.types->find(source.config->type))
    return std::optional(opened->shard_count);
  for (const config::EntityType& configured : options_.config->types) {
    if (configured.name == source.config->type && configured.shards) return configured.shards;
  }
  const auto& named = source.config->topics;
  const auto first = std::ranges::find_if_not(named, config::is_topic_pattern);
  if (first == named.end()) return std::optional<std::uint32_t>();
  SHOAL_TRY(count, count_of(source, *first));
  return std::optional(count);
}

// Two sources of one group would overwrite each other's offsets.
const SourceController::Source* SourceController::other_reader(const Source& source,
                                                               const std::string& topic) const {
  for (const auto& other : sources_) {
    if (other.get() == &source || !contains(other->topics, topic)) continue;
    const config::Source& config = *other->config;
    const bool commits = config.offsets == config::OffsetKeeper::group &&
                         source.config->offsets == config::OffsetKeeper::group;
    if (commits && config.group == source.config->group &&
        config::share_a_partition(config, *source.config)) {
      return other.get();
    }
  }
  return nullptr;
}

// Those that are not read yet and can be; the others are refused by name.
std::vector<std::string> SourceController::fitting(Source& source,
                                                   const std::map<std::string, std::uint32_t>& found,
                                                   std::uint32_t partition_count) {
  std::vector<std::string> fitting;
  std::map<std::string, std::string> refused;
  for (const auto& [topic, count] : found) {
    if (contains(source.topics, topic)) continue;
    if (count != partition_count) {
      refused[topic] = partitions_of(topic, count) + ", type " + source.config->type + " has " +
                       std::to_string(partition_count) +
                       " shards: it is not read; make it anew with as many, or take it out of the pattern";
    } else if (const Source* other = other_reader(source, topic)) {
      refused[topic] = "topic " + topic + " is read by source " + other->config->name + " as group " +
                       source.config->group + " already: give one of both a group of its own";
    } else {
      fitting.push_back(topic);
    }
  }
  for (const auto& [topic, why] : refused) {
    if (!source.refused.contains(topic)) spdlog::warn("source {}: {}", source.config->name, why);
  }
  const std::lock_guard lock(mutex_);
  source.refused = std::move(refused);
  return fitting;
}

// Requires: nothing of the source is read yet.
Result<void> SourceController::find_topics(Source& source) {
  if (source.patterns.empty()) return success();
  SHOAL_TRY(found, matching_topics(source));
  SHOAL_TRY(wanted, wanted_count(source));
  if (!wanted && !found.empty()) wanted = found.begin()->second;
  std::vector<std::string> topics;
  for (const std::string& topic : source.config->topics) {
    if (!config::is_topic_pattern(topic)) topics.push_back(topic);
  }
  {
    const std::lock_guard lock(mutex_);
    source.topics = topics;
  }
  const auto matching = fitting(source, found, wanted.value_or(0));
  topics.insert(topics.end(), matching.begin(), matching.end());
  if (topics.empty()) {
    return error(ErrorCode::not_found, "no topic can be read that matches " + source.config->topics.front() +
                                           ": create one, or correct the pattern");
  }
  const std::lock_guard lock(mutex_);
  source.topics = std::move(topics);
  return success();
}

void SourceController::refresh_topics(Source& source) {
  if (source.patterns.empty() || Clock::now() < source.refresh_due) return;
  const auto found = matching_topics(source);
  if (!found) return;
  const auto topics = fitting(source, found.value(), source.partition_count);
  if (!topics.empty()) {
    if (const auto added = add_topics(source, topics); !added) {
      spdlog::warn("source {}: topic {} is not read yet: {}", source.config->name, topics.front(),
                   added.error().message);
      return;
    }
  }
  source.refresh_due = Clock::now() + std::chrono::milliseconds(source.config->topic_refresh_interval_ms);
}

// All records of a topic that was not there before are newer than the end at which the source began.
Result<void> SourceController::add_topics(Source& source, const std::vector<std::string>& topics) {
  const config::Start start =
      source.config->start == config::Start::latest ? config::Start::earliest : source.config->start;
  SHOAL_TRY(partitions, plan_partitions(source, topics, source.partition_count, start));
  {
    const std::lock_guard lock(mutex_);
    source.topics.insert(source.topics.end(), topics.begin(), topics.end());
    source.partitions.insert(source.partitions.end(), partitions.begin(), partitions.end());
  }
  source.logs.resize(source.partitions.size());
  give_to_lanes(source, partitions);
  for (const std::string& topic : topics) {
    spdlog::info("source {}: reads topic {}, too", source.config->name, topic);
  }
  return success();
}

}  // namespace shoal::host
