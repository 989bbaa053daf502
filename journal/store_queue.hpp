#pragma once
// StoreQueue: a state store behind LaneStore, without a thread: the lane's calls are orders, and whoever
// calls `work` does them. StoreThread does so from a thread of its own; a simulator from wherever it wants
// to.
//
// Bounds: the lane's, which orders a bounded number of bytes of writes, one walk at a time, and reads for
// messages that wait.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "journal/lane_store.hpp"

namespace shoal::journal {

class StoreQueue : public LaneStore {
 public:
  // `store` outlives it. `wake`: there is something to be polled after there was nothing. [store]
  StoreQueue(StateStore& store, std::function<void()> wake) : store_(store), wake_(std::move(wake)) {}
  // Requires: nobody is in `work`. What has not been written by then is not: it is read from the log again.
  ~StoreQueue() override = default;
  StoreQueue(const StoreQueue&) = delete;
  StoreQueue& operator=(const StoreQueue&) = delete;

  void open(StoreShard of, std::vector<OwnedEpoch> epochs) override;
  void write(StoreWrite write) override;
  void read(StoreShard of, std::vector<std::string> entities) override;
  void walk(StoreShard of, std::size_t bytes) override;
  bool poll(StoreListener& listener) override;

  // Does all reads, then one thing more. False: there was nothing, or a write failed and is to be tried again
  // after a while. [store]
  bool work();

 protected:
  // The lane has ordered something. [lane]
  virtual void ordered() {}
  // Whether `work` would find something, but for a write that failed. Requires: `mutex_` is held. [store]
  bool has_orders() const { return !reads_.empty() || !orders_.empty() || (!to_do_.empty() && !is_stuck_); }
  // A write failed. [store]
  bool is_stuck() const { return is_stuck_; }

  std::mutex mutex_;  // of what is between both sides

 private:
  struct Open {
    StoreShard of;
    std::vector<OwnedEpoch> epochs;
  };
  struct Read {
    StoreShard of;
    std::vector<std::string> entities;
  };
  struct Walk {
    StoreShard of;
    std::size_t bytes = 0;
  };
  struct Stuck {
    std::string message;
  };
  struct GoesOn {};
  using Order = std::variant<Open, StoreWrite, Walk>;
  using Outcome =
      std::variant<StoreOpened, StatesWritten, StatesRead, StatesWalked, StoreFailed, Stuck, GoesOn>;

  template <class Queue, class What>
  void put(Queue& queue, What what);

  // [store]
  void say(Outcome outcome);
  bool done(Order& order);
  void do_open(const Open& order);
  bool do_write(const StoreWrite& order);
  void do_walk(const Walk& order);
  void do_read(const Read& order);
  void fail(const StoreShard& of, const Error& why);
  bool has_failed(const StoreShard& of) const;

  StateStore& store_;
  const std::function<void()> wake_;
  std::vector<Outcome> delivering_;  // [lane]

  // Between both.
  std::deque<Order> orders_;
  std::deque<Read> reads_;
  std::vector<Outcome> outcomes_;

  // [store]
  std::deque<Order> to_do_;
  std::deque<Read> to_read_;
  bool is_stuck_ = false;
  std::unordered_map<LogShard, std::unique_ptr<StoreWalk>> walks_;
  std::unordered_map<LogShard, std::uint64_t> failed_;  // in which ownership
};

}  // namespace shoal::journal
