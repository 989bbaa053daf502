#pragma once
// What the producer's thread tells the thread that feeds it: how many records the broker has, and which
// failed first.

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "host/kafka/producer.hpp"

namespace shoal::kafka {

// Counts only. The tag of a record is its line in the file. Outlives the producer that reports to it.
class FeedAcknowledgements {
 public:
  FeedAcknowledgements();
  ~FeedAcknowledgements();
  FeedAcknowledgements(const FeedAcknowledgements&) = delete;
  FeedAcknowledgements& operator=(const FeedAcknowledgements&) = delete;

  // [the producer's thread]
  void take(std::span<const DeliveryReport> reports);

  std::uint64_t acknowledged() const { return acknowledged_.load(std::memory_order_acquire); }
  std::uint64_t failed() const { return failed_.load(std::memory_order_acquire); }
  // Requires: failed() > 0.
  std::uint64_t first_failed_line() const { return first_failed_line_; }
  std::string_view first_failure() const { return first_failure_; }

  // Readable, for poll(2), after take() until settle().
  int descriptor() const { return descriptor_; }
  void settle() const;

 private:
  int descriptor_ = -1;
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<std::uint64_t> failed_{0};
  // Written before failed_ first leaves 0, never after.
  std::uint64_t first_failed_line_ = 0;
  std::string_view first_failure_;
};

}  // namespace shoal::kafka
