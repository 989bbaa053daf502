#include "host/kafka/feed_acknowledgements.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "shoal/base/assert.hpp"

namespace shoal::kafka {

FeedAcknowledgements::FeedAcknowledgements() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  SHOAL_ASSERT(descriptor_ >= 0);
}

FeedAcknowledgements::~FeedAcknowledgements() { close(descriptor_); }

void FeedAcknowledgements::take(std::span<const DeliveryReport> reports) {
  std::uint64_t acknowledged = 0;
  std::uint64_t failed = 0;
  for (const auto& report : reports) {
    if (report.ok) {
      ++acknowledged;
      continue;
    }
    if (failed++ == 0 && failed_.load(std::memory_order_relaxed) == 0) {
      first_failed_line_ = report.tag;
      first_failure_ = report.reason;
    }
  }
  acknowledged_.fetch_add(acknowledged, std::memory_order_release);
  failed_.fetch_add(failed, std::memory_order_release);
  eventfd_write(descriptor_, 1);
}

void FeedAcknowledgements::settle() const {
  eventfd_t count = 0;
  eventfd_read(descriptor_, &count);
}

}  // namespace shoal::kafka
