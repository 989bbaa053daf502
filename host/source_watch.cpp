// What SourceController watches while its sources are read: partition counts, whether a topic is still the
// one that was read, offsets that are gone, outputs that nobody acknowledges.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "host/offset_verdict.hpp"
#include "host/source_controller.hpp"

namespace shoal::host {

void SourceController::look_at_outputs() {
  const auto now = OutputWatch::Clock::now();
  std::string reason;
  for (std::size_t i = 0; i < output_watches_.size(); ++i) {
    std::uint64_t ended = 0;
    std::uint64_t emitted = 0;
    for (std::uint32_t lane = 0; lane < options_.lanes->count(); ++lane) {
      const auto& output = options_.lanes->lane(LaneIndex{lane}).counters().outputs[i];
      // Ends before beginnings, so that the difference is never negative.
      ended += output.acknowledged.load(std::memory_order_acquire);
      ended += output.failed.load(std::memory_order_acquire);
      emitted += output.emitted.load(std::memory_order_acquire);
    }
    OutputWatch& watch = output_watches_[i];
    watch.look(emitted, ended, now);
    if (watch.stuck() == 0) continue;
    reason += (reason.empty() ? "topic " : "; topic ") + options_.output_topics[i] + ": none of " +
              std::to_string(watch.stuck()) + " records in flight has been acknowledged for " +
              std::to_string(watch.quiet().count()) +
              " s; check that its partitions have leaders and as many replicas in sync as its "
              "min.insync.replicas asks for";
  }
  const std::lock_guard lock(mutex_);
  if (outputs_reason_.empty() && !reason.empty()) spdlog::warn("{}", reason);
  outputs_reason_ = std::move(reason);
}

// Keys of a topic that has grown hash to other partitions: nothing more is taken, since an entity's records
// would reach two shards.
void SourceController::watch(Source& source) {
  {
    const std::lock_guard lock(mutex_);
    for (const lanes::Trouble& question : source.questions) {
      if (question.kind == lanes::Trouble::Kind::topic_gone) source.gone.insert(question.topic);
    }
  }
  const auto counted = topic_partitions(source);
  const bool fits = counted && counted.value() == source.partition_count;
  if (!counted && counted.error().code != ErrorCode::not_found && counted.error().code != ErrorCode::refused)
    return;
  if (source.anew || (fits && !check_topics(source))) return;
  if (fits) answer_questions(source);
  if (source.anew) return;
  if (fits && source.state == State::running) return refresh_topics(source);
  if (fits == (source.state == State::running)) return;
  const State state = fits ? State::running : State::held;
  hold_or_resume(source, state);
  if (fits) return set_state(source, state, "");
  set_state(
      source, state,
      counted
          ? "topic " + source.topics.front() + " has " + std::to_string(counted.value()) +
                " partitions now, type " + source.config->type + " has " +
                std::to_string(source.partition_count) +
                " shards: nothing is read, since keys would change their shard; stop the host and move the "
                "records to a topic of the right partition count"
          : counted.error().message);
}

void SourceController::hold_or_resume(const Source& source, State state) const {
  for (std::uint32_t index = 0; index < options_.lanes->count(); ++index) {
    options_.lanes->lane(LaneIndex{index})
        .put([held = state == State::held, number = source.index](lanes::Lane& lane) {
          held ? lane.hold_source(number) : lane.resume_source(number);
        });
  }
}

// Whether every topic is known to be the one that was read. False where one is not, and where nobody answers.
bool SourceController::check_topics(Source& source) {
  for (const std::string& topic : source.topics) {
    switch (is_same(source, topic)) {
      case Same::yes:
        source.gone.erase(topic);
        break;
      case Same::no:
        declare_anew(source, topic);
        return false;
      case Same::unanswered:
        return false;
    }
  }
  return true;
}

// By the partitions' logs. A topic that has been away and whose logs do not tell is another one, unless
// nothing of it was read, or all that was read is there.
SourceController::Same SourceController::is_same(Source& source, const std::string& topic) {
  // What the logs say now is of the topic as it is now: only what was known before tells.
  std::vector<bool> comparable;
  for (const LogIdentity& log : source.logs) comparable.push_back(log.is_known());
  std::vector<bool> same(source.partitions.size());
  const Same by_time = is_same_by_time(source, topic, same);
  if (by_time != Same::yes || !source.gone.contains(topic)) return by_time;
  for (std::size_t i = 0; i < source.partitions.size(); ++i) {
    const lanes::PartitionPlan& plan = source.partitions[i];
    if (plan.topic != topic || (comparable[i] && same[i])) continue;
    const auto marks = options_.topics->watermarks(topic, plan.partition, request_timeout);
    if (!marks) return Same::unanswered;
    const Offset next{plan.counters->position.load(std::memory_order_relaxed)};
    if (next <= marks.value().low) continue;  // nothing was read of it
    // A log that has no newer records than what was read, and all of that, is the same.
    if (!comparable[i] || next > marks.value().high) return Same::no;
  }
  return Same::yes;
}

SourceController::Same SourceController::is_same_by_time(Source& source, const std::string& topic,
                                                         std::vector<bool>& same) const {
  std::vector<kafka::PartitionTime> times;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < source.partitions.size(); ++i) {
    const lanes::PartitionPlan& plan = source.partitions[i];
    if (plan.topic != topic) continue;
    const Offset next{plan.counters->position.load(std::memory_order_acquire)};
    const std::int64_t last = plan.counters->last_timestamp.load(std::memory_order_relaxed);
    const auto time = source.logs[i].question(last < 0 ? std::nullopt : std::optional(last), next);
    if (!time) continue;
    times.push_back({plan.partition, *time});
    asked.push_back(i);
  }
  const auto answers = options_.topics->first_since(topic, times, request_timeout);
  if (!answers) return Same::unanswered;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const LogAnswer answer = source.logs[asked[i]].answer(answers.value()[i]);
    if (answer == LogAnswer::another) return Same::no;
    same[asked[i]] = answer == LogAnswer::same;
  }
  return Same::yes;
}

// Where nobody says where the new topic begins, nothing follows: it is tried again.
void SourceController::declare_anew(Source& source, const std::string& topic) {
  std::vector<std::pair<const lanes::PartitionPlan*, Offset>> beginnings;
  for (const lanes::PartitionPlan& plan : source.partitions) {
    if (plan.topic != topic) continue;
    const auto marks = options_.topics->watermarks(topic, plan.partition, request_timeout);
    if (!marks) return;
    beginnings.emplace_back(&plan, marks.value().low);
  }
  source.anew = true;
  {
    // What was said of its partitions asks for other steps than the one that mends all.
    const std::lock_guard lock(mutex_);
    std::erase_if(source.troubles, [&topic](const auto& one) { return one.first.starts_with(topic + "/"); });
    source.questions.clear();
  }
  hold_or_resume(source, State::held);
  for (const auto& [plan, first] : beginnings) {
    order(source, *plan, [topic, partition = plan->partition, at = first](lanes::SourceReader& reader) {
      reader.start_anew(topic, partition, at);
    });
  }
  set_state(
      source, State::held,
      "topic " + topic +
          " was deleted and made anew while it was read: its offsets mean other records now; restart the "
          "host, it then reads the new topic from " +
          (source.config->offsets == config::OffsetKeeper::none ? "where the source's start says"
                                                                : "its beginning"));
}

void SourceController::answer_questions(Source& source) {
  std::vector<lanes::Trouble> questions;
  {
    const std::lock_guard lock(mutex_);
    questions.swap(source.questions);
  }
  for (lanes::Trouble& question : questions) {
    if (answer(source, question)) continue;
    const std::lock_guard lock(mutex_);
    source.questions.push_back(std::move(question));
  }
}

// Whether records of the topic were taken since the host started.
bool SourceController::was_read(const Source& source, const std::string& topic) {
  return std::any_of(source.partitions.begin(), source.partitions.end(), [&topic](const auto& plan) {
    return plan.topic == topic && plan.counters->in.load(std::memory_order_relaxed) > 0;
  });
}

// False where Kafka does not say what is needed for an answer.
bool SourceController::answer(Source& source, const lanes::Trouble& question) {
  const std::string name = name_of(question.topic, question.partition);
  OffsetVerdict verdict{OffsetVerdict::Kind::go_on, question.next, 0, {}};
  if (question.kind == lanes::Trouble::Kind::offset_gone) {
    const auto marks = options_.topics->watermarks(question.topic, question.partition, request_timeout);
    if (!marks) return false;
    if (question.next > marks.value().high && was_read(source, question.topic)) {
      // Shorter than what was read of it: as if it had been away.
      source.gone.insert(question.topic);
      const Same same = is_same(source, question.topic);
      if (same == Same::unanswered) return false;
      if (same == Same::no) {
        declare_anew(source, question.topic);
        return source.anew;
      }
      source.gone.erase(question.topic);
    }
    verdict = judge_offset(question.next, marks.value(), *source.config);
    if (!verdict.reason.empty())
      spdlog::error("source {}: {}: {}", source.config->name, name, verdict.reason);
  }
  {
    const std::lock_guard lock(mutex_);
    const auto said = source.troubles.find(name);
    if (said == source.troubles.end() || said->second != question.reason) return true;  // worse has followed
    said->second = verdict.reason;
    if (verdict.kind == OffsetVerdict::Kind::hold) return true;
    source.troubles.erase(said);
  }
  for (const lanes::PartitionPlan& plan : source.partitions) {
    if (plan.topic != question.topic || plan.partition != question.partition) continue;
    order(source, plan,
          [topic = plan.topic, partition = plan.partition, at = verdict.at](lanes::SourceReader& reader) {
            reader.go_on(topic, partition, at);
          });
  }
  return true;
}

void SourceController::order(const Source& source, const lanes::PartitionPlan& partition,
                             std::function<void(lanes::SourceReader&)> act) const {
  const ShardId shard{static_cast<std::uint32_t>(partition.partition.value)};
  options_.lanes->lane(options_.lanes->lane_of(shard))
      .put([number = source.index, act = std::move(act)](lanes::Lane& lane) {
        lane.with_source(number, act);
      });
}

}  // namespace shoal::host
