#pragma once
// KafkaTopicKeeper: a thread that makes and checks the journal topics of a host's types, again and again
// until they are as they must be. Until then the shards of the type have no log; why, is said in the log
// once. From then on it looks now and then whether they are still there: of a topic that was deleted, or made
// anew, the shards get no log any more, and it is never made again while the host runs.
//
// Bounds: one topic at a time, as many as the host has durable types.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "journal/ids.hpp"
#include "journal/kafka_admin.hpp"
#include "journal/kafka_options.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

class KafkaTopicKeeper {
 public:
  struct Options {
    KafkaClientOptions client;
    std::uint32_t replication_factor = 0;
    std::chrono::milliseconds timeout{5'000};  // of one topic
    std::chrono::milliseconds try_again_after{2'000};
    std::chrono::milliseconds look_again_after{10'000};  // at topics that were right
  };

  // Does not wait for a broker. [control]
  static Result<std::unique_ptr<KafkaTopicKeeper>> start(Options options);
  ~KafkaTopicKeeper();
  KafkaTopicKeeper(const KafkaTopicKeeper&) = delete;
  KafkaTopicKeeper& operator=(const KafkaTopicKeeper&) = delete;

  // Ends the thread, after what it is at: nothing is woken any more.
  void stop();

  // Called when a topic is ready. [keeper] Requires: no topic is kept yet.
  void add_wake(std::function<void()> wake) { wakes_.push_back(std::move(wake)); }
  // [any-thread]
  void keep(const std::string& type, std::uint32_t shards);
  // Which journal the type's topic is; none: it is not as it must be, yet. [any-thread]
  std::optional<JournalId> journal_of(const std::string& type) const;
  // Empty, or why types have no logs. [any-thread]
  std::string trouble() const;

 private:
  struct Topic {
    std::uint32_t shards = 0;
    std::optional<JournalId> journal;  // once it was right
    std::string trouble;               // empty: it is right
  };
  struct Task {
    std::string type;
    Topic topic;
  };

  KafkaTopicKeeper(Options options, std::unique_ptr<KafkaAdmin> admin);
  void run();
  std::optional<Task> next_task();
  void prepare(const Task& task);
  void look(const Task& task);
  void set_trouble(const Task& task, const std::string& trouble);

  const Options options_;
  std::unique_ptr<KafkaAdmin> admin_;
  std::vector<std::function<void()>> wakes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Topic> topics_;
  std::vector<std::string> to_try_;
  std::chrono::steady_clock::time_point look_at_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace shoal::journal
