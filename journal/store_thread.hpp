#pragma once
// StoreThread: a StoreQueue and the thread that does what is ordered; one per lane. The store is all lanes'.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <thread>

#include "journal/store_queue.hpp"

namespace shoal::journal {

struct StoreThreadOptions {
  std::int64_t retry_ms = 500;  // after a write that failed
  std::function<void()> wake;   // [store]
};

class StoreThread final : public StoreQueue {
 public:
  // `store` outlives it. [control]
  StoreThread(StateStore& store, StoreThreadOptions options);
  // [lane or control]
  ~StoreThread() override;

 private:
  void ordered() override { ordered_.notify_one(); }
  void run();

  const std::int64_t retry_ms_;
  std::condition_variable ordered_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace shoal::journal
