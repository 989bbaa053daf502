// Where SourceController begins to read partitions: what is committed, what the configuration or a module
// says.
#include <algorithm>

#include "host/source_controller.hpp"

namespace shoal::host {

namespace {

// How long brokers may take to find the offsets of a time.
constexpr std::chrono::seconds times_timeout{5};

Error beyond(const std::string& topic, std::uint32_t partition, std::uint32_t count, const char* key) {
  return error(ErrorCode::bad_config, "topic " + topic + " has " + std::to_string(count) +
                                          " partitions, and partition " + std::to_string(partition) +
                                          " is named in " + key + ": correct it and restart the host");
}

// Those of the topics that the source reads.
Result<std::vector<kafka::TopicPartition>> chosen(const config::Source& source,
                                                  const std::vector<std::string>& topics,
                                                  std::uint32_t partition_count) {
  std::vector<kafka::TopicPartition> partitions;
  for (const std::string& topic : topics) {
    for (const std::uint32_t partition : source.partitions) {
      if (partition >= partition_count) return beyond(topic, partition, partition_count, "partitions");
    }
    for (const config::StartOffset& start : source.start_offsets) {
      if (start.topic == topic && start.partition >= partition_count) {
        return beyond(topic, start.partition, partition_count, "start_offsets");
      }
    }
    for (std::uint32_t partition = 0; partition < partition_count; ++partition) {
      if (!source.partitions.empty() && std::ranges::count(source.partitions, partition) == 0) continue;
      partitions.push_back({topic, Partition{static_cast<std::int32_t>(partition)}});
    }
  }
  return partitions;
}

}  // namespace

// What the configuration or a module says, before anything Kafka says.
Result<void> SourceController::own_starts(const Source& source,
                                          const std::vector<kafka::TopicPartition>& partitions,
                                          std::vector<std::optional<Offset>>& own) {
  const config::Source& config = *source.config;
  if (config.offsets == config::OffsetKeeper::module) {
    SHOAL_TRY(kept, module_offsets_.starts({config.offsets_module, config.name, partitions}));
    own = std::move(kept);
    return success();
  }
  own.resize(partitions.size());
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    for (const config::StartOffset& start : config.start_offsets) {
      if (start.topic != partitions[i].topic) continue;
      if (static_cast<std::int32_t>(start.partition) == partitions[i].partition.value) {
        own[i] = Offset{start.offset};
      }
    }
  }
  return success();
}

Result<std::vector<lanes::PartitionPlan>> SourceController::plan_partitions(
    const Source& source, const std::vector<std::string>& topics, std::uint32_t partition_count,
    config::Start start) {
  const config::Source& config = *source.config;
  kafka::StartQuestion question;
  SHOAL_TRY(partitions, chosen(config, topics, partition_count));
  std::vector<std::optional<Offset>> own;
  SHOAL_TRYV(own_starts(source, partitions, own));
  if (config.offsets == config::OffsetKeeper::group) question.group = config.group;
  question.partitions = std::move(partitions);
  question.start = start;
  question.time_ms = config.start_time_ms;
  SHOAL_TRY(starts, options_.topics->start_offsets(
                        question, start == config::Start::time ? times_timeout : request_timeout));
  std::vector<lanes::PartitionPlan> plans;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::string& topic = question.partitions[i].topic;
    const auto letters = dead_letter_topic(config, topic);
    lanes::PartitionPlan plan{topic, starts[i].partition, own[i].value_or(starts[i].start), std::nullopt,
                              std::make_shared<lanes::PartitionCounters>()};
    if (letters) plan.dead_letters = options_.outputs.at(*letters);
    if (starts[i].committed) plan.counters->committed.store(starts[i].committed->value);
    plan.counters->position.store(plan.start.value);
    plan.counters->next_commit.store(plan.start.value);
    plans.push_back(std::move(plan));
  }
  return plans;
}

void SourceController::release_offsets() {
  for (const auto& source : sources_) {
    if (source->config->offsets != config::OffsetKeeper::module || source->partitions.empty()) continue;
    ModuleOffsets::Question question{source->config->offsets_module, source->config->name, {}};
    std::vector<Offset> next;
    for (const lanes::PartitionPlan& plan : source->partitions) {
      question.partitions.push_back({plan.topic, plan.partition});
      next.emplace_back(plan.counters->next_commit.load(std::memory_order_relaxed));
    }
    module_offsets_.release(question, next);
  }
}

}  // namespace shoal::host
