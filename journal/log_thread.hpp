#pragma once
// LogThread: the file log behind ShardLog, done by a thread per lane.

#include <condition_variable>
#include <memory>
#include <thread>

#include "journal/file_shard_log.hpp"

namespace shoal::journal {

using LogThreadOptions = FileShardLogOptions;

class LogThread final : public FileShardLog {
 public:
  // Opens the log and starts the thread. `storage` outlives it and may be called by any thread. [control]
  static Result<std::unique_ptr<LogThread>> start(Storage& storage, LogThreadOptions options);
  // What was not counted by then is not answered. [lane or control]
  ~LogThread() override;

 private:
  LogThread(LogThreadOptions options, std::unique_ptr<FileLog> log);

  void ordered() override { ordered_.notify_one(); }
  // [log]
  void run();
  bool wait_for_orders();

  std::condition_variable ordered_;
  std::thread thread_;
};

}  // namespace shoal::journal
