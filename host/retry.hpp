#pragma once
// Retry: when something that failed is tried again, after pauses that grow. Pure: time and chance come in.
// Owned and used by one thread.

#include <chrono>
#include <cstdint>

#include "host/lanes/backoff.hpp"

namespace shoal::host {

class Retry {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Retry(lanes::Backoff backoff) : backoff_(backoff) {}

  // When it is to be tried; at first at once.
  Clock::time_point due() const { return due_; }
  bool is_due(Clock::time_point now) const { return now >= due_; }

  void failed(Clock::time_point now, std::uint64_t random) {
    if (failures_ < UINT32_MAX) ++failures_;
    due_ = now + std::chrono::milliseconds(backoff_.pause_ms(failures_, random));
  }
  // What follows is another run.
  void succeeded() {
    failures_ = 0;
    due_ = {};
  }
  // Something has changed: it is tried at once. Where it fails again, the pauses go on growing.
  void hurry() { due_ = {}; }

 private:
  lanes::Backoff backoff_;
  std::uint32_t failures_ = 0;
  Clock::time_point due_{};
};

}  // namespace shoal::host
