#pragma once
// StoreThread: a state store behind LaneStore, with a thread per lane. The store is all lanes'.
//
// Bounds: the lane's. It has one write, one walk and one opening of a shard out at a time or a bounded number
// of bytes of them, and reads for messages that wait, which are bounded.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "journal/lane_store.hpp"

namespace shoal::journal {

struct StoreThreadOptions {
  std::int64_t retry_ms = 500;  // after a write that failed
  std::function<void()> wake;   // [store]
};

class StoreThread final : public LaneStore {
 public:
  // `store` outlives it. [control]
  StoreThread(StateStore& store, StoreThreadOptions options);
  // What has not been written by then is not: it is read from the log again. [lane or control]
  ~StoreThread() override;
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  void open(StoreShard of, std::vector<OwnedEpoch> epochs) override;
  void write(StoreWrite write) override;
  void read(StoreShard of, std::vector<std::string> entities) override;
  void walk(StoreShard of, std::size_t bytes) override;
  bool poll(StoreListener& listener) override;

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
  void run();
  bool take_orders();
  void say(Outcome outcome);
  bool done(Order& order);
  void do_open(const Open& order);
  bool do_write(const StoreWrite& order);
  void do_walk(const Walk& order);
  void do_read(const Read& order);
  void fail(const StoreShard& of, const Error& why);
  bool has_failed(const StoreShard& of) const;

  StateStore& store_;
  const StoreThreadOptions options_;
  std::vector<Outcome> delivering_;  // [lane]

  // Between both.
  std::mutex mutex_;
  std::condition_variable ordered_;
  std::deque<Order> orders_;
  std::deque<Read> reads_;
  std::vector<Outcome> outcomes_;
  bool is_stopping_ = false;

  // [store]
  std::deque<Order> to_do_;
  std::deque<Read> to_read_;
  bool is_stuck_ = false;
  std::unordered_map<LogShard, std::unique_ptr<StoreWalk>> walks_;
  std::unordered_map<LogShard, std::uint64_t> failed_;  // in which ownership

  std::thread thread_;
};

}  // namespace shoal::journal
