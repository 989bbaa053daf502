#pragma once
// ModuleOffsets: asks modules where sources begin, and tells them where sources have ended.
//
// A module may wait for its database in these calls, so they have a thread of their own [offsets], one call
// at a time: neither a lane nor another source's requests to Kafka wait for them. Who asks does not wait
// either, but asks again until the answer is there. Bounds: one open question a source, one release a source.
// A call that never ends keeps its source waiting, by name, and makes the stop of the host a forced one.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/kafka/topics.hpp"
#include "host/modules/generation.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::host {

class ModuleOffsets {
 public:
  struct Options {
    std::chrono::milliseconds warn_after{0};  // when an answer is late; 0: never
    std::function<void()> on_answer;          // an answer is there. [offsets]
  };
  // Partitions of one topic stand together.
  struct Question {
    std::string module;
    std::string source;
    std::vector<kafka::TopicPartition> partitions;
  };
  using Starts = std::vector<std::optional<Offset>>;  // of the partitions; none: the module knows nothing

  explicit ModuleOffsets(Options options);
  // Waits for the call in progress.
  ~ModuleOffsets();
  ModuleOffsets(const ModuleOffsets&) = delete;
  ModuleOffsets& operator=(const ModuleOffsets&) = delete;

  // A module was loaded. [control]
  void add(std::shared_ptr<const modules::Generation> module);

  // The answer, once. unavailable: it is not there yet; not_found: no loaded module of this id keeps offsets;
  // failed: the module says so. [any-thread]
  Result<Starts> starts(const Question& question);

  // Tells the module of `question` where its partitions have ended. A failure is an error in the log.
  // [any-thread]
  void release(const Question& question, const std::vector<Offset>& next);

  // Whether no call is in progress or waits. [any-thread]
  bool is_idle() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Asked {
    Question question;
    std::uint64_t ticket = 0;
    Clock::time_point since;
    std::optional<Result<Starts>> answer;
  };

  Result<std::shared_ptr<const modules::Generation>> find(const std::string& module) const;
  Error not_yet(const Asked& asked) const;
  void put(std::function<void()> call);
  void run();

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const modules::Generation>> modules_;  // by id, that keep offsets
  std::map<std::string, Asked> asked_;                                         // by source
  std::deque<std::function<void()>> calls_;
  std::uint64_t tickets_ = 0;
  bool calling_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace shoal::host
