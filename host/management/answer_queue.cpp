#include "host/management/answer_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::management {

// The right to one answer. Gone without one, it says so, and the client need not wait for its deadline.
class AnswerQueue::Ticket {
 public:
  Ticket(std::shared_ptr<AnswerQueue> queue, RequestId request)
      : queue_(std::move(queue)), request_(request) {
    queue_->tickets_out_.fetch_add(1, std::memory_order_relaxed);
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    deliver(nullptr);
    queue_->tickets_out_.fetch_sub(1, std::memory_order_relaxed);
  }

  void deliver(std::function<Response()> make) {
    if (!is_used_.exchange(true, std::memory_order_relaxed)) queue_->push({request_, std::move(make)});
  }

 private:
  std::shared_ptr<AnswerQueue> queue_;
  RequestId request_;
  std::atomic<bool> is_used_{false};
};

AnswerQueue::AnswerQueue(std::size_t tickets_max)
    : tickets_max_(tickets_max), event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SHOAL_ASSERT(event_fd_ >= 0);
}

AnswerQueue::~AnswerQueue() { ::close(event_fd_); }

Deliver AnswerQueue::ticket(RequestId request) {
  if (tickets_out_.load(std::memory_order_relaxed) >= tickets_max_) return {};
  return [ticket = std::make_shared<Ticket>(shared_from_this(), request)](std::function<Response()> make) {
    ticket->deliver(std::move(make));
  };
}

void AnswerQueue::push(Answer answer) {
  answers_.enqueue(std::move(answer));
  const std::uint64_t one = 1;
  // A full counter means that the reader is awake already.
  [[maybe_unused]] const auto written = ::write(event_fd_, &one, sizeof(one));
}

std::optional<Answer> AnswerQueue::take() {
  Answer answer;
  if (!answers_.try_dequeue(answer)) return std::nullopt;
  return answer;
}

void AnswerQueue::clear_event() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read_bytes = ::read(event_fd_, &count, sizeof(count));
}

}  // namespace shoal::management
