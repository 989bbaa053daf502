#pragma once
// TransportLoop: the transport's thread, and what other threads share with it.
//
// In each round the thread does what it was told, hands what was sent to the peers, takes what has come,
// sends what can be sent, and sleeps until a descriptor or a deadline wakes it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cluster/transport/directory.hpp"
#include "cluster/transport/peer.hpp"
#include "cluster/transport/receiver.hpp"
#include "cluster/transport/send_queue.hpp"
#include "cluster/transport/transport.hpp"

namespace shoal::transport {

class TransportLoop {
 public:
  static Result<std::unique_ptr<TransportLoop>> start(Options options, Hooks hooks, AllowList allow_list);
  ~TransportLoop();  // Requires: stopped.
  TransportLoop(const TransportLoop&) = delete;
  TransportLoop& operator=(const TransportLoop&) = delete;

  // [any-thread]
  const Options& options() const { return options_; }
  const std::string& bound_address() const { return receiver_->bound_address(); }
  std::shared_ptr<Link> link(const std::string& address);
  void introduce(const std::string& address, const std::string& name) { directory_.introduce(address, name); }
  void forget(const std::string& address);
  void take(Channel channel, std::vector<Received>& received) { receiver_->inbox(channel).take(received); }
  void take_heard(std::vector<LifeSign>& signs) { receiver_->heard().take(signs); }
  void take_changes(std::vector<Change>& changes) { changes_.take(changes); }
  void allow(AllowList allow_list);
  Counters counters() const { return tally_->read(); }
  std::vector<std::shared_ptr<const Link>> links() const { return directory_.all(); }
  void stop(std::int64_t linger_ms);

 private:
  using Order = std::function<void()>;

  TransportLoop(Options options, Hooks hooks, AllowList allow_list);
  Result<void> bind();
  void tell(Order order);

  void run();
  void obey();
  void hand_out();
  void serve(std::int64_t now_ms);
  void report();
  std::int64_t rest_ms(std::int64_t now_ms) const;
  bool has_ended(std::int64_t now_ms) const;
  Peer* peer_of(const std::shared_ptr<Link>& link);
  void revoke();

  Options options_;
  const Hooks hooks_;
  AllowList allow_list_;  // the thread's once it runs
  const std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
  const std::shared_ptr<SendQueue> send_queue_ = std::make_shared<SendQueue>();
  Directory directory_;
  Changes changes_;

  std::mutex orders_mutex_;
  std::vector<Order> orders_;

  // The thread's.
  Warnings warnings_;
  Poller poller_;
  std::unique_ptr<ZeroMq> zeromq_;
  std::unique_ptr<Receiver> receiver_;
  std::vector<Change> new_changes_;
  std::unique_ptr<PeerSurroundings> around_;
  std::unordered_map<const Link*, std::unique_ptr<Peer>> peers_;
  std::unordered_set<Peer*> busy_;  // to be served in this round
  bool receiver_is_busy_ = true;
  std::int64_t next_wakeup_ms_ = 0;  // of a peer
  std::int64_t stop_ms_;             // when to end at the latest

  std::thread thread_;
};

}  // namespace shoal::transport
