#include "journal/log_thread.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::journal {

Result<std::unique_ptr<LogThread>> LogThread::start(Storage& storage, LogThreadOptions options) {
  SHOAL_TRY(log, FileLog::open(storage, options.log));
  return std::unique_ptr<LogThread>(new LogThread(std::move(options), std::move(log)));
}

LogThread::LogThread(LogThreadOptions options, std::unique_ptr<FileLog> log)
    : FileShardLog(std::move(options), std::move(log)) {
  thread_ = std::thread([this] { run(); });
}

LogThread::~LogThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  ordered_.notify_one();
  thread_.join();
}

void LogThread::run() {
  while (wait_for_orders()) {
    while (work()) {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) break;
    }
  }
}

// False: the thread is to end.
bool LogThread::wait_for_orders() {
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return is_stopping_ || has_orders(); };
  if (waits_for_room()) {
    ordered_.wait_for(lock, std::chrono::milliseconds(options_.disk_full_retry_ms), is_wanted);
  } else {
    ordered_.wait(lock, is_wanted);
  }
  return !is_stopping_;
}

}  // namespace shoal::journal
