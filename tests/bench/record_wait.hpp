#pragma once
// Sleeping until a queue of librdkafka has something, by an eventfd as a lane of the host does.

#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace shoal::bench {

class RecordWait {
 public:
  explicit RecordWait(rd_kafka_queue_t* queue) : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    const std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, wake_fd_, &one, sizeof one);
  }
  ~RecordWait() { close(wake_fd_); }
  RecordWait(const RecordWait&) = delete;
  RecordWait& operator=(const RecordWait&) = delete;

  // Requires: the queue was taken from until it was empty.
  void sleep(int timeout_ms) const {
    pollfd waiting{wake_fd_, POLLIN, 0};
    poll(&waiting, 1, timeout_ms);
    std::uint64_t wakes = 0;
    static_cast<void>(!read(wake_fd_, &wakes, sizeof wakes));
  }

 private:
  int wake_fd_;
};

}  // namespace shoal::bench
