#pragma once
// LaneHost: one host of the world: a production lane and the log side of a production FileShardLog, each a
// fiber. The lane may be stopped at every look at its clock and every call of its log, the log side at every
// call of the disk, where the other one, other hosts and the world go on for as long as they like.
//
//   opens its log ─► runs ─► drains ─► ended          at any time: kill
//
// A host that is killed runs on until the end of its lane's round, with a clock that races and a log that has
// lost everything; nothing of it reaches the world.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/lanes/lane.hpp"
#include "journal/store_queue.hpp"
#include "tests/sim/journal/fiber.hpp"
#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/lanes/lane_world.hpp"
#include "tests/sim/lanes/memory_topics.hpp"
#include "tests/sim/lanes/spoiled_log.hpp"

namespace shoal::sim {

class LaneWorld::Host {
 public:
  Host(LaneWorld& world, std::uint32_t number, std::size_t directory);
  // Requires: it has ended, or was killed.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::uint32_t number() const { return number_; }
  // Which data directory it has.
  std::size_t directory() const { return directory_; }
  bool has_ended() const { return has_log_ended_ && (lane_ == nullptr || has_lane_ended_); }
  bool has_lane() const { return lane_ != nullptr && !has_lane_ended_; }
  bool has_log() const { return !has_log_ended_; }
  bool is_draining() const { return is_draining_; }
  // An answer that it gives without writing may be old.
  bool has_stood_still() const { return stood_still_ns_ > 0; }
  bool is_dead() const { return is_dead_; }

  // Until it stops next. Requires: has_lane(); has_log(), and neither is paused.
  void run_lane() { lane_fiber_.resume(); }
  void run_log() { log_fiber_.resume(); }
  bool is_lane_paused() const { return lane_paused_until_ns_ > world_.now_ns_; }
  bool is_log_paused() const { return log_paused_until_ns_ > world_.now_ns_; }
  enum class Pause : std::uint8_t { lane, log, both, clock_too };
  void pause(Pause what, std::int64_t until_ns);
  // Calls of the disk are the log side's.
  void stop_log() { log_fiber_.stop(); }

  void drain();
  void kill();

  bool ask(std::uint32_t type, const std::string& id, const std::string& commands, lanes::OnReply on_reply);
  MemorySender& sender() { return sender_; }
  // Between entities, that nobody had acknowledged at the lane's last tick.
  bool has_tells() const { return lane_->counters().waiting.tells > 0; }

 private:
  static std::int64_t read_steady(void* context);
  static std::int64_t read_wall(void* context);
  static void wait(void* context, std::chrono::milliseconds timeout);

  std::int64_t steady_ns() const;
  void maybe_stop_lane();
  void run_lane_fiber();
  void run_log_fiber();
  bool open_log();
  void make_lane();
  void open_types();

  LaneWorld& world_;
  std::uint32_t number_;
  std::size_t directory_;
  std::int64_t started_ns_;
  std::int64_t slower_;  // by so many parts in 64
  std::int64_t stood_still_ns_ = 0;
  std::int64_t racing_ns_ = 0;
  std::int64_t lane_paused_until_ns_ = 0;
  std::int64_t log_paused_until_ns_ = 0;
  bool is_dead_ = false;
  bool is_draining_ = false;
  bool has_lane_ended_ = false;
  bool has_log_ended_ = false;
  bool is_in_lane_ = false;
  std::unique_ptr<journal::Storage> disk_;
  MemorySender sender_;
  std::unique_ptr<SpoiledLog> opened_;
  SpoiledLog* log_ = nullptr;             // the lane's
  journal::StoreQueue* store_ = nullptr;  // the lane's; null: there is none
  std::unique_ptr<lanes::Lane> lane_;
  Fiber lane_fiber_;
  Fiber log_fiber_;
};

}  // namespace shoal::sim
