#pragma once
// StopGuard: says which of the last steps of a stop takes too long. Those are ends of threads and of foreign
// handles, which can only be waited for, so that nothing but the end of the process bounds them.
//
// Threads: made, told of steps and destroyed on one; `on_late` runs on a thread of its own, at most once.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace shoal::host {

class StopGuard {
 public:
  using OnLate = std::function<void(const std::string& step)>;

  // `on_late` gets the step that is being waited for when the time is over.
  StopGuard(std::chrono::milliseconds timeout, OnLate on_late);
  // All steps have ended.
  ~StopGuard();
  StopGuard(const StopGuard&) = delete;
  StopGuard& operator=(const StopGuard&) = delete;

  void enter(std::string step);

 private:
  void watch(std::chrono::steady_clock::time_point deadline);

  OnLate on_late_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string step_;
  bool over_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace shoal::host
