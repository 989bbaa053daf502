#pragma once
// World: a cluster in one thread. The production Membership of each node runs under a virtual clock, a
// virtual network and chance from one seed; a run with the same seed is the same to the bit, which
// `trace_hash` shows.
//
// Events stand in a heap by (time, number). A node is woken when it asked to be, or gets a message; what it
// gives out goes to the network, as the bytes it would have there, which may lose, delay, double or reorder
// it, or not carry it from one node to another at all. Nodes can crash, start again at the same address,
// pause (with their clock running or standing), and have their clock jump ahead.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/membership.hpp"
#include "cluster/random.hpp"
#include "tests/sim/bugs.hpp"
#include "tests/sim/oracles.hpp"

namespace shoal::sim {

enum class Strategy : std::uint8_t { keep_majority, static_quorum, keep_oldest, down_all };
enum class ClockWhile : std::uint8_t { runs, stands };

struct NetworkConfig {
  std::int64_t delay_min_ms = 1;
  std::int64_t jitter_ms = 4;
  double loss = 0;       // of messages, 0..1
  double duplicate = 0;  // of messages, 0..1
};

struct WorldConfig {
  std::size_t nodes = 5;
  std::size_t seeds = 2;  // the first so many nodes
  std::uint64_t seed = 1;
  NetworkConfig network;
  Strategy strategy = Strategy::keep_majority;
  cluster::MembershipConfig membership;
  Bug bug = Bug::none;
};

class World {
 public:
  using NodeIndex = std::size_t;

  explicit World(WorldConfig config);

  void start(NodeIndex node);
  void start_all();
  void crash(NodeIndex node);
  // Another incarnation at the same address.
  void restart(NodeIndex node);
  void pause(NodeIndex node, std::int64_t length_ms, ClockWhile clock);
  void jump_clock(NodeIndex node, std::int64_t ahead_ms);
  void leave(NodeIndex node);
  // Nothing goes from one to the other any more, and again does.
  void cut(NodeIndex from, NodeIndex to);
  void cut_apart(const std::vector<NodeIndex>& side);
  void heal();
  NetworkConfig& network() { return config_.network; }

  void run_for(std::int64_t length_ms);
  // Runs until it holds, looking every 100 ms. False where it did not within the time.
  template <class Holds>
  bool run_until(std::int64_t length_ms, Holds holds) {
    const std::int64_t end_ms = now_ms_ + length_ms;
    while (now_ms_ < end_ms) {
      if (holds()) return true;
      run_for(100);
    }
    return holds();
  }

  // All running nodes hold the same table, agreed on, with themselves as its members, all up.
  bool is_settled() const;
  bool is_running(NodeIndex node) const { return nodes_[node].is_running; }
  std::size_t running() const;
  const cluster::Membership& membership(NodeIndex node) const { return *nodes_[node].membership; }
  // Whether each running node but itself calls the node's present incarnation unreachable, down or removed.
  bool is_seen_gone_by_all(NodeIndex node) const;
  std::optional<cluster::StopReason> stop_reason(NodeIndex node) const { return nodes_[node].stop_reason; }

  Oracles& oracles() { return oracles_; }
  std::int64_t now_ms() const { return now_ms_; }
  std::uint64_t trace_hash() const { return trace_hash_; }
  std::uint64_t messages_sent() const { return messages_sent_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t healthy_called_unreachable() const { return healthy_called_unreachable_; }

 private:
  struct Delivery {
    NodeIndex from;
    cluster::Message message;
  };
  struct Node {
    std::string address;
    std::unique_ptr<cluster::Membership> membership;
    std::uint64_t uid = 0;
    bool is_running = false;
    std::int64_t paused_until_ms = 0;
    std::int64_t clock_ahead_ms = 0;
    std::int64_t wake_ms = 0;       // of the world's clock; an earlier wake-up in the heap is void
    std::vector<Delivery> waiting;  // while it is paused
    std::optional<cluster::StopReason> stop_reason;
  };
  struct Event {
    std::int64_t at_ms;
    std::uint64_t number;
    NodeIndex node;
    std::optional<std::size_t> parcel;  // a message in parcels_; empty: a wake-up
    bool operator<(const Event& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
    }
  };

  void handle(const Event& event);
  void deliver(NodeIndex node, const Delivery& delivery);
  void wake(NodeIndex node);
  void finish_step(NodeIndex node);
  void carry(NodeIndex from, cluster::Send& send);
  void post(NodeIndex to, Delivery delivery, std::int64_t delay_ms);
  void plan_wake(NodeIndex node);
  void trace(std::uint64_t what);
  std::int64_t clock_of(const Node& node) const { return now_ms_ + node.clock_ahead_ms; }
  std::unique_ptr<const cluster::DowningStrategy> strategy() const;

  WorldConfig config_;
  cluster::Random random_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, NodeIndex> by_address_;
  std::unordered_map<cluster::Uid, NodeIndex> by_uid_;
  std::vector<bool> cut_;  // from * nodes + to
  std::priority_queue<Event> events_;
  std::vector<Delivery> parcels_;
  std::vector<std::size_t> free_parcels_;
  cluster::Outputs outputs_;
  Oracles oracles_;
  std::int64_t now_ms_ = 1'000'000;  // clocks do not begin at 0
  std::uint64_t last_number_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::uint64_t messages_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t healthy_called_unreachable_ = 0;
};

}  // namespace shoal::sim
