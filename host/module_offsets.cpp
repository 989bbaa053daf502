#include "host/module_offsets.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/modules/bounded_writer.hpp"
#include "shoal/abi/offsets.h"
#include "shoal/base/bytes.hpp"

namespace shoal::host {

namespace {

constexpr std::size_t error_bytes_max = 4'096;

bool is_same(const ModuleOffsets::Question& one, const ModuleOffsets::Question& other) {
  const auto same_partition = [](const kafka::TopicPartition& a, const kafka::TopicPartition& b) {
    return a.topic == b.topic && a.partition == b.partition;
  };
  return one.module == other.module && std::ranges::equal(one.partitions, other.partitions, same_partition);
}

Error failed(const ModuleOffsets::Question& question, const std::string& topic, const std::string& reason) {
  return error(ErrorCode::failed,
               "module " + question.module + ", asked for the offsets of topic " + topic + ": " + reason);
}

// Hands the partitions of each topic to `call` as the ABI's table, with `offsets` in it, and gives the
// tables.
template <class Call>
Result<std::vector<Offset>> for_each_topic(const ModuleOffsets::Question& question,
                                           const std::vector<Offset>& offsets, Call call) {
  std::vector<Offset> result;
  for (std::size_t begin = 0; begin < question.partitions.size();) {
    const std::string& topic = question.partitions[begin].topic;
    std::vector<shoal_partition_offset> table;
    for (std::size_t i = begin; i < question.partitions.size() && question.partitions[i].topic == topic;
         ++i) {
      table.push_back(
          {sizeof(shoal_partition_offset), question.partitions[i].partition.value, offsets[i].value});
    }
    modules::BoundedWriter reason(error_bytes_max);
    shoal_status status = SHOAL_STATUS_FAILED;
    try {
      status = call(to_bytes(topic), table, reason.abi());
    } catch (...) {
      return failed(question, topic, "it threw an exception, which a module must not do");
    }
    if (status != SHOAL_STATUS_OK) {
      const std::string text = reason.text().empty() ? "no reason given" : std::string{reason.text()};
      return failed(question, topic, "it failed with status " + std::to_string(status) + ": " + text);
    }
    for (const shoal_partition_offset& one : table) {
      if (one.offset >= SHOAL_OFFSET_UNKNOWN) {
        result.emplace_back(one.offset);
        continue;
      }
      return failed(question, topic,
                    "it gives " + std::to_string(one.offset) + " for partition " +
                        std::to_string(one.partition) + ", which is no offset");
    }
    begin += table.size();
  }
  return result;
}

Result<ModuleOffsets::Starts> ask(const modules::Generation& module,
                                  const ModuleOffsets::Question& question) {
  const std::vector<Offset> unknown(question.partitions.size(), Offset{SHOAL_OFFSET_UNKNOWN});
  SHOAL_TRY(found, for_each_topic(question, unknown,
                                  [&](shoal_bytes topic, std::vector<shoal_partition_offset>& table,
                                      const shoal_writer* reason) {
                                    return module.offsets()->start_offsets(
                                        module.instance(), to_bytes(question.source), topic, table.data(),
                                        static_cast<std::uint32_t>(table.size()), reason);
                                  }));
  ModuleOffsets::Starts starts;
  for (const Offset offset : found) {
    starts.push_back(offset.value >= 0 ? std::optional(offset) : std::nullopt);
  }
  return starts;
}

void tell(const modules::Generation& module, const ModuleOffsets::Question& question,
          const std::vector<Offset>& next) {
  const auto told = for_each_topic(
      question, next,
      [&](shoal_bytes topic, const std::vector<shoal_partition_offset>& table, const shoal_writer* reason) {
        return module.offsets()->released(module.instance(), to_bytes(question.source), topic, table.data(),
                                          static_cast<std::uint32_t>(table.size()), reason);
      });
  if (!told) {
    spdlog::error("source {}: where it has ended is not kept: {}", question.source, told.error().message);
  }
}

}  // namespace

ModuleOffsets::ModuleOffsets(Options options) : options_(std::move(options)) {}

ModuleOffsets::~ModuleOffsets() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ModuleOffsets::add(std::shared_ptr<const modules::Generation> module) {
  if (module->offsets() == nullptr) return;
  const std::lock_guard lock(mutex_);
  modules_[module->id()] = std::move(module);
}

Result<std::shared_ptr<const modules::Generation>> ModuleOffsets::find(const std::string& module) const {
  const auto found = modules_.find(module);
  if (found != modules_.end()) return found->second;
  return error(ErrorCode::not_found, "no loaded module '" + module +
                                         "' keeps offsets (" SHOAL_OFFSETS_FACTORY_ID
                                         "): load it, or correct the source's offsets");
}

Error ModuleOffsets::not_yet(const Asked& asked) const {
  const auto late = options_.warn_after;
  if (late.count() == 0 || Clock::now() - asked.since < late) {
    return error(ErrorCode::unavailable, "module " + asked.question.module + " is asked where to begin");
  }
  return error(ErrorCode::unavailable, "module " + asked.question.module +
                                           " is asked where to begin and has not answered for " +
                                           std::to_string(late.count()) + " ms: see what it waits for");
}

Result<ModuleOffsets::Starts> ModuleOffsets::starts(const Question& question) {
  const std::lock_guard lock(mutex_);
  SHOAL_TRY(module, find(question.module));
  const auto known = asked_.find(question.source);
  if (known != asked_.end() && is_same(known->second.question, question)) {
    if (!known->second.answer) return not_yet(known->second);
    Result<Starts> answer = *std::move(known->second.answer);
    asked_.erase(known);
    return answer;
  }
  Asked& asked = asked_[question.source];
  asked = {question, ++tickets_, Clock::now(), std::nullopt};
  put([this, module, question, ticket = asked.ticket] {
    Result<Starts> answer = ask(*module, question);
    {
      const std::lock_guard answer_lock(mutex_);
      const auto still = asked_.find(question.source);
      // Another question may have been asked meanwhile.
      if (still != asked_.end() && still->second.ticket == ticket) still->second.answer = std::move(answer);
    }
    options_.on_answer();
  });
  return not_yet(asked);
}

void ModuleOffsets::release(const Question& question, const std::vector<Offset>& next) {
  const std::lock_guard lock(mutex_);
  const auto module = find(question.module);
  if (!module) return;  // it was never asked, so nothing was read
  put([generation = module.value(), question, next] { tell(*generation, question, next); });
}

// Requires: the mutex is held.
void ModuleOffsets::put(std::function<void()> call) {
  calls_.push_back(std::move(call));
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "offsets");
  }
  changed_.notify_all();
}

bool ModuleOffsets::is_idle() const {
  const std::lock_guard lock(mutex_);
  return calls_.empty() && !calling_;
}

void ModuleOffsets::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (calls_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const std::function<void()> call = std::move(calls_.front());
    calls_.pop_front();
    calling_ = true;
    lock.unlock();
    call();
    lock.lock();
    calling_ = false;
  }
}

}  // namespace shoal::host
