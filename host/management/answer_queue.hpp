#pragma once
// The way back of the host's answers to the management thread: a bounded queue that any thread fills without
// a lock.

#include <concurrentqueue.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "host/management/routes.hpp"

namespace shoal::management {

// Names one request of one connection.
struct RequestId {
  std::uint64_t connection = 0;
  std::uint64_t number = 0;
};

struct Answer {
  RequestId request;
  std::function<Response()> make;  // empty: the host dropped the call without an answer
};

// Filled by tickets, emptied by the management thread, which sleeps on `event_fd`. Shared by the server and
// the tickets that are still out, so that an answer after the server's end finds a queue that nobody reads.
// Bound: `tickets_max` tickets at a time, and a ticket gives one answer; the server then answers
// "overloaded".
class AnswerQueue : public std::enable_shared_from_this<AnswerQueue> {
 public:
  explicit AnswerQueue(std::size_t tickets_max);
  ~AnswerQueue();
  AnswerQueue(const AnswerQueue&) = delete;
  AnswerQueue& operator=(const AnswerQueue&) = delete;

  // A function for `Routes::handle`, or an empty one where all tickets are out. [management]
  Deliver ticket(RequestId request);

  // The next answer, if there is one. [management]
  std::optional<Answer> take();

  // Readable while answers may be there. Owned by the queue.
  int event_fd() const { return event_fd_; }
  void clear_event() const;

 private:
  class Ticket;
  void push(Answer answer);

  const std::size_t tickets_max_;
  const int event_fd_;
  std::atomic<std::size_t> tickets_out_{0};
  moodycamel::ConcurrentQueue<Answer> answers_;
};

}  // namespace shoal::management
