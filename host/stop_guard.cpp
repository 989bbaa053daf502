#include "host/stop_guard.hpp"

#include <pthread.h>

#include <utility>

namespace shoal::host {

StopGuard::StopGuard(std::chrono::milliseconds timeout, OnLate on_late)
    : on_late_(std::move(on_late)),
      thread_([this, deadline = std::chrono::steady_clock::now() + timeout] { watch(deadline); }) {
  pthread_setname_np(thread_.native_handle(), "stop");
}

StopGuard::~StopGuard() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StopGuard::enter(std::string step) {
  const std::lock_guard lock(mutex_);
  step_ = std::move(step);
}

void StopGuard::watch(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_until(lock, deadline, [this] { return over_; })) return;
  const std::string step = step_;
  lock.unlock();
  on_late_(step);
}

}  // namespace shoal::host
