#include "host/lanes/inbox.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

Inbox::Inbox() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), epoll_fd_(epoll_create1(EPOLL_CLOEXEC)) {
  SHOAL_ASSERT(wake_fd_ >= 0 && epoll_fd_ >= 0);
  epoll_event event{EPOLLIN | EPOLLET, {}};
  const int added = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event);
  SHOAL_ASSERT(added == 0);
}

Inbox::~Inbox() {
  close(epoll_fd_);
  close(wake_fd_);
}

void Inbox::wake() {
  // This exchange and the one in `sleep` have an order: either the lane sees what was put in, or this sees it
  // asleep.
  if (!sleeping_.exchange(false, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  const ssize_t written = write(wake_fd_, &one, sizeof one);
  SHOAL_ASSERT(written == static_cast<ssize_t>(sizeof one) || errno == EAGAIN);
}

bool Inbox::put(std::unique_ptr<Parcel>& parcel) {
  const std::size_t bytes = parcel->bytes();
  const std::size_t waiting = parcel_bytes_.fetch_add(bytes, std::memory_order_acq_rel);
  if (waiting > 0 && waiting + bytes > inbox_bytes_max) {
    parcel_bytes_.fetch_sub(bytes, std::memory_order_acq_rel);
    return false;
  }
  parcels_.enqueue(std::move(parcel));
  wake();
  return true;
}

void Inbox::put_always(std::unique_ptr<Parcel> parcel) {
  parcel_bytes_.fetch_add(parcel->bytes(), std::memory_order_acq_rel);
  parcels_.enqueue(std::move(parcel));
  wake();
}

void Inbox::put(Task task) {
  tasks_.enqueue(std::move(task));
  wake();
}

void Inbox::put(std::span<const kafka::DeliveryReport> reports) {
  if (reports.empty()) {
    room_again_.store(true);
  } else {
    reports_.enqueue_bulk(reports.data(), reports.size());
  }
  wake();
}

void Inbox::put(std::unique_ptr<BlockingTurn> done) {
  done_.enqueue(std::move(done));
  wake();
}

std::unique_ptr<BlockingTurn> Inbox::take_done() {
  std::unique_ptr<BlockingTurn> done;
  done_.try_dequeue(done);
  return done;
}

std::unique_ptr<Parcel> Inbox::take_parcel() {
  std::unique_ptr<Parcel> parcel;
  if (parcels_.try_dequeue(parcel)) parcel_bytes_.fetch_sub(parcel->bytes(), std::memory_order_acq_rel);
  return parcel;
}

bool Inbox::take_task(Task& task) { return tasks_.try_dequeue(task); }

std::size_t Inbox::take_reports(std::span<kafka::DeliveryReport> reports) {
  return reports_.try_dequeue_bulk(reports.data(), reports.size());
}

bool Inbox::empty(WakeFor wake_for) const {
  const bool no_messages = parcels_.size_approx() == 0 && done_.size_approx() == 0;
  return (wake_for == WakeFor::no_messages || no_messages) && tasks_.size_approx() == 0 &&
         reports_.size_approx() == 0 && !room_again_.load();
}

void Inbox::sleep(std::chrono::milliseconds timeout, WakeFor wake_for) {
  sleeping_.exchange(true, std::memory_order_acq_rel);
  if (empty(wake_for)) {
    epoll_event event{};
    epoll_wait(epoll_fd_, &event, 1, static_cast<int>(timeout.count()));
  }
  sleeping_.store(false);
  room_again_.store(false);
}

}  // namespace shoal::lanes
