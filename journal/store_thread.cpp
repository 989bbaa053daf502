#include "journal/store_thread.hpp"

#include <chrono>
#include <utility>

namespace shoal::journal {

StoreThread::StoreThread(StateStore& store, StoreThreadOptions options)
    : StoreQueue(store, std::move(options.wake)), retry_ms_(options.retry_ms), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  ordered_.notify_one();
  thread_.join();
}

void StoreThread::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto has_news = [this] { return is_stopping_ || has_orders(); };
      if (is_stuck()) {
        ordered_.wait_for(lock, std::chrono::milliseconds(retry_ms_), has_news);
      } else {
        ordered_.wait(lock, has_news);
      }
      if (is_stopping_) return;
    }
    work();
  }
}

}  // namespace shoal::journal
