#include "host/source_controller.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace shoal::host {

namespace {

using namespace std::chrono_literals;

constexpr auto kTroubleInterval = 500ms;  // while Kafka does not answer, or a source is held
constexpr auto kWatchInterval = 1s;       // while all are read

std::optional<std::int64_t> known(const std::atomic<std::int64_t>& offset) {
  const std::int64_t value = offset.load(std::memory_order_relaxed);
  if (value == lanes::unknown_offset) return std::nullopt;
  return value;
}

void append_trouble(std::string& reason, const std::string& partition, const std::string& trouble) {
  if (!reason.empty()) reason += "; ";
  reason.append(partition).append(": ").append(trouble);
}

management::PartitionStatus status_of(const lanes::PartitionPlan& plan) {
  const lanes::PartitionCounters& counters = *plan.counters;
  management::PartitionStatus status;
  status.topic = plan.topic;
  status.partition = plan.partition.value;
  status.committed = known(counters.committed);
  status.position = known(counters.position);
  status.high_watermark = known(counters.high_watermark);
  const auto next_commit = known(counters.next_commit);
  // The fetched end may be a moment older than what was finished since.
  if (status.high_watermark && next_commit) {
    status.lag = std::max<std::int64_t>(*status.high_watermark - *next_commit, 0);
  }
  return status;
}

std::string text_of_keeper(const config::Source& source) {
  switch (source.offsets) {
    case config::OffsetKeeper::none:
      return ", nothing is committed";
    case config::OffsetKeeper::module:
      return ", module " + source.offsets_module + " keeps the offsets";
    case config::OffsetKeeper::group:
      break;
  }
  return " as group " + source.group;
}

// Why the source is not read, or not all of it.
std::string whole_reason(const std::string& reason, const std::map<std::string, std::string>& troubles,
                         const std::map<std::string, std::string>& refused) {
  std::string whole = reason;
  for (const auto& [partition, trouble] : troubles) append_trouble(whole, partition, trouble);
  for (const auto& [topic, why] : refused) whole += (whole.empty() ? "" : "; ") + why;
  return whole;
}

}  // namespace

std::optional<std::string> dead_letter_topic(const config::Source& source, const std::string& topic) {
  if (!source.dead_letter_topic) return topic + ".dead-letters";
  if (source.dead_letter_topic->empty()) return std::nullopt;
  return source.dead_letter_topic;
}

SourceController::SourceController(Options options)
    : options_(std::move(options)),
      output_watches_(options_.output_topics.size()),
      random_(options_.random_seed),
      module_offsets_(
          {std::chrono::milliseconds(options_.config->node.turn_warning_ms), [this] { look_soon(); }}) {
  for (const config::Source& configured : options_.config->sources) {
    auto source = std::make_unique<Source>();
    source->config = &configured;
    source->index = lanes::SourceIndex{static_cast<std::uint32_t>(sources_.size())};
    for (const std::string& topic : configured.topics) {
      if (config::is_topic_pattern(topic)) {
        source->patterns.emplace_back(topic);
      } else {
        source->topics.push_back(topic);
      }
    }
    source->reason = "type " + configured.type + " is not loaded: load the module that has it";
    sources_.push_back(std::move(source));
  }
}

SourceController::~SourceController() {
  begin_stop();
  if (thread_.joinable()) thread_.join();
}

void SourceController::start() {
  has_stopped_.store(false, std::memory_order_release);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "sources");
}

void SourceController::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

bool SourceController::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void SourceController::type_loaded(std::shared_ptr<const modules::EntityType> type) {
  {
    const std::lock_guard lock(mutex_);
    loaded_.emplace(type->name, std::move(type));
  }
  look_soon();
}

void SourceController::module_loaded(std::shared_ptr<const modules::Generation> module) {
  module_offsets_.add(std::move(module));
}

void SourceController::look_soon() {
  {
    const std::lock_guard lock(mutex_);
    look_now_ = true;
  }
  changed_.notify_all();
}

bool SourceController::feeds(std::string_view type) const {
  for (const auto& source : sources_) {
    if (source->config->type == type) return true;
  }
  return false;
}

void SourceController::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool has_changed = std::exchange(look_now_, false);
    lock.unlock();
    look_at_outputs();
    for (const auto& source : sources_) {
      if (is_stopping()) break;
      if (has_changed) source->opening.hurry();
      step(*source);
    }
    lock.lock();
    changed_.wait_until(lock, next_look(Clock::now()), [this] { return stopping_ || look_now_; });
  }
  has_stopped_.store(true, std::memory_order_release);
}

// Those that wait are tried again each in its own time; the others are looked at all together.
SourceController::Clock::time_point SourceController::next_look(Clock::time_point now) const {
  bool is_in_trouble = !kafka_reason_.empty();
  auto next = Clock::time_point::max();
  for (const auto& source : sources_) {
    is_in_trouble = is_in_trouble || source->state == State::held;
    if (source->state == State::waiting) next = std::min(next, source->opening.due());
  }
  return std::min(next, now + (is_in_trouble ? kTroubleInterval : kWatchInterval));
}

// Why a source waits may last: who would ask as often as at first would only add to a broker's trouble.
void SourceController::step(Source& source) {
  if (source.state != State::waiting) return watch(source);
  if (!source.opening.is_due(Clock::now())) return;
  if (const auto opened = open(source); !opened) {
    source.opening.failed(Clock::now(), random_());
    set_state(source, State::waiting, opened.error().message);
  } else {
    source.opening.succeeded();
  }
}

Result<void> SourceController::open(Source& source) {
  const config::Source& config = *source.config;
  std::shared_ptr<const modules::EntityType> type;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = loaded_.find(config.type); found != loaded_.end()) type = found->second;
  }
  if (!type) {
    return error(ErrorCode::not_found, "type " + config.type + " is not loaded: load the module that has it");
  }
  const auto message_index = type->find_message(config.message);
  if (!message_index) {
    return error(ErrorCode::not_found, "type " + config.type + " has no message '" + config.message +
                                           "': name one of its messages in the source");
  }
  SHOAL_TRYV(find_topics(source));
  SHOAL_TRY(partition_count, topic_partitions(source));
  SHOAL_TRYV(require_outputs(source, partition_count));
  SHOAL_TRY(open_type, require_type(source, type, partition_count));
  SHOAL_TRY(partitions, plan_partitions(source, source.topics, partition_count, config.start));
  {
    const std::lock_guard lock(mutex_);
    source.partitions = std::move(partitions);
    source.partition_count = partition_count;
  }
  source.type = std::move(open_type);
  source.message_index = *message_index;
  source.refresh_due = Clock::now() + std::chrono::milliseconds(config.topic_refresh_interval_ms);
  source.gone.clear();
  source.logs.assign(source.partitions.size(), LogIdentity());
  give_to_lanes(source, source.partitions);
  set_state(source, State::running, "");
  return success();
}

// Every topic that records of this source may cause output to: without it a record could not finish.
Result<void> SourceController::require_outputs(const Source& source, std::uint32_t partition_count) const {
  for (const std::string& topic : source.topics) {
    const auto letters = dead_letter_topic(*source.config, topic);
    if (!letters) continue;
    const auto counted = options_.topics->partition_count(*letters, request_timeout);
    if (counted) continue;
    if (counted.error().code != ErrorCode::not_found) return counted.error();
    if (const auto created = options_.topics->create_topic(*letters, partition_count, request_timeout);
        !created) {
      return error(ErrorCode::refused,
                   "dead-letter topic " + *letters + " does not exist and could not be created (" +
                       created.error().message +
                       "): create it, or set dead_letter_topic = \"\" to count and log only");
    }
    spdlog::info("source {}: dead-letter topic {} was created with {} partitions", source.config->name,
                 *letters, partition_count);
  }
  for (const config::Sink& sink : options_.config->sinks) {
    const auto counted = options_.topics->partition_count(sink.topic, request_timeout);
    if (counted) continue;
    return error(counted.error().code, "sink " + sink.name + ": " + counted.error().message);
  }
  return success();
}

Result<std::shared_ptr<const OpenType>> SourceController::require_type(
    const Source& source, const std::shared_ptr<const modules::EntityType>& type,
    std::uint32_t shard_count) const {
  for (const config::EntityType& configured : options_.config->types) {
    if (configured.name != type->name || !configured.shards || *configured.shards == shard_count) continue;
    return error(ErrorCode::bad_config, "types." + type->name + ".shards is " +
                                            std::to_string(*configured.shards) + ", topic " +
                                            source.topics.front() + " has " + std::to_string(shard_count) +
                                            " partitions: remove the key");
  }
  auto opened = options_.types->find(type->name);
  if (opened == nullptr) {
    opened = options_.lanes->open_type(type, shard_count);
    options_.types->add(opened);
  }
  if (opened->shard_count != shard_count) {
    return error(ErrorCode::refused, "type " + type->name + " has " + std::to_string(opened->shard_count) +
                                         " shards, topic " + source.topics.front() + " has " +
                                         std::to_string(shard_count) + " partitions: both must be equal");
  }
  return opened;
}

void SourceController::give_to_lanes(const Source& source,
                                     const std::vector<lanes::PartitionPlan>& partitions) {
  for (std::uint32_t index = 0; index < options_.lanes->count(); ++index) {
    lanes::SourcePlan plan;
    plan.source = source.index;
    plan.name = source.config->name;
    plan.group = source.config->group;
    plan.type = source.type->index;
    plan.message_index = source.message_index;
    plan.commits = source.config->offsets == config::OffsetKeeper::group;
    plan.commit_interval = std::chrono::milliseconds(source.config->commit_interval_ms);
    plan.commit_records = source.config->commit_records;
    plan.in_flight_records_max = source.config->in_flight_records_max;
    for (const lanes::PartitionPlan& partition : partitions) {
      const ShardId shard{static_cast<std::uint32_t>(partition.partition.value)};
      if (options_.lanes->lane_of(shard) == LaneIndex{index}) plan.partitions.push_back(partition);
    }
    if (plan.partitions.empty()) continue;
    const auto first = plan.partitions.front();
    options_.lanes->lane(LaneIndex{index}).put([this, plan, first](lanes::Lane& lane) {
      if (const auto opened = lane.open_source(plan); !opened) {
        report_trouble({lanes::Trouble::Kind::stopped, plan.source, first.topic, first.partition, first.start,
                        opened.error().message});
      }
    });
  }
}

void SourceController::set_state(Source& source, State state, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (source.state == state && source.reason == reason) return;
  source.state = state;
  source.reason = std::move(reason);
  if (state == State::running) {
    spdlog::info("source {}: reads {} partitions{}", source.config->name, source.partitions.size(),
                 text_of_keeper(*source.config));
  } else {
    spdlog::warn("source {}: {}", source.config->name, source.reason);
  }
}

void SourceController::set_kafka(std::string reason) {
  const std::lock_guard lock(mutex_);
  kafka_reason_ = std::move(reason);
}

void SourceController::report_trouble(lanes::Trouble trouble) {
  const std::lock_guard lock(mutex_);
  Source& source = *sources_[trouble.source.value];
  source.troubles[name_of(trouble.topic, trouble.partition)] = trouble.reason;
  if (trouble.kind != lanes::Trouble::Kind::stopped) source.questions.push_back(std::move(trouble));
}

std::vector<management::Check> SourceController::checks() const {
  const std::lock_guard lock(mutex_);
  std::vector<management::Check> checks;
  checks.push_back({"kafka", kafka_reason_.empty(), kafka_reason_});
  const auto fatal = options_.producer->fatal_error();
  const std::string& outputs = fatal ? fatal->message : outputs_reason_;
  checks.push_back({"outputs", outputs.empty(), outputs});
  for (const auto& source : sources_) {
    const std::string reason = whole_reason(source->reason, source->troubles, source->refused);
    checks.push_back({"source-" + source->config->name, reason.empty(), reason});
  }
  return checks;
}

std::vector<management::SourceStatus> SourceController::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<management::SourceStatus> all;
  for (const auto& source : sources_) {
    management::SourceStatus status;
    status.name = source->config->name;
    status.type = source->config->type;
    status.topics = source->topics.empty() ? source->config->topics : source->topics;
    status.state = source->state == State::running ? "running"
                   : source->state == State::held  ? "held"
                                                   : "waiting";
    if (!source->troubles.empty()) status.state = "held";
    status.reason = whole_reason(source->reason, source->troubles, source->refused);
    std::int64_t lag = 0;
    bool lag_known = !source->partitions.empty();
    for (const lanes::PartitionPlan& plan : source->partitions) {
      // Ends before beginnings, so that no record is counted as ended that is not counted as taken.
      status.done_total += plan.counters->done.load(std::memory_order_acquire);
      status.dead_letters_total += plan.counters->dead_letters.load(std::memory_order_acquire);
      status.lost_total += plan.counters->lost.load(std::memory_order_acquire);
      status.in_total += plan.counters->in.load(std::memory_order_acquire);
      status.partitions.push_back(status_of(plan));
      lag_known = lag_known && status.partitions.back().lag.has_value();
      lag += status.partitions.back().lag.value_or(0);
    }
    status.in_flight = status.in_total - status.done_total - status.dead_letters_total;
    if (lag_known) status.lag = lag;
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace shoal::host
