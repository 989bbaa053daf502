#pragma once
// BoundedQueue: a ring that any threads put into and take out of, without a lock.
//
// Dmitry Vyukov's bounded queue: each cell has a number that says whose turn it is, which is stored with
// release and loaded with acquire. Whoever uses it knows a bound and leaves no more than that in it.

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

namespace shoal::lanes {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t bound)
      : mask_(std::bit_ceil(bound) - 1), cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) cells_[i].number.store(i, std::memory_order_relaxed);
  }

  // False where it is full: `value` is left. [any-thread]
  bool put(T& value) {
    std::size_t at = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[at & mask_];
      const std::size_t number = cell.number.load(std::memory_order_acquire);
      if (number == at) {
        if (!tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) continue;
        cell.value = std::move(value);
        cell.number.store(at + 1, std::memory_order_release);
        return true;
      }
      if (static_cast<std::ptrdiff_t>(number - at) < 0) return false;
      at = tail_.load(std::memory_order_relaxed);
    }
  }

  // False where it is empty, or where the oldest is still being put in. [any-thread]
  bool take(T& value) {
    std::size_t at = head_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[at & mask_];
      const std::size_t number = cell.number.load(std::memory_order_acquire);
      if (number == at + 1) {
        if (!head_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) continue;
        value = std::move(cell.value);
        cell.number.store(at + mask_ + 1, std::memory_order_release);
        return true;
      }
      if (static_cast<std::ptrdiff_t>(number - at - 1) < 0) return false;
      at = head_.load(std::memory_order_relaxed);
    }
  }

 private:
  struct Cell {
    std::atomic<std::size_t> number{0};
    T value{};
  };

  std::size_t mask_;
  std::unique_ptr<Cell[]> cells_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::atomic<std::size_t> head_{0};
};

}  // namespace shoal::lanes
