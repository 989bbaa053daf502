#pragma once
// LogWorld::Process: one process of the world, and what it does with its log.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tests/sim/journal/log_world.hpp"

namespace shoal::sim {

class LogWorld::Process {
 public:
  Process(LogWorld& world, std::uint32_t number, std::vector<Step> script);

  // Opens the log, before anything else runs or as its first steps. [its fiber, or nobody's]
  bool open();
  // All that it does, until it ends or is killed.
  void run();
  // Claims and reads every shard; what cannot be had is a breach.
  void recover();

  std::uint32_t number() const { return number_; }
  Fiber& fiber() { return fiber_; }
  bool is_alive() const { return !fiber_.has_ended(); }
  // Frees the log: what a process holds goes with it.
  void end() { owner_.reset(); }

 private:
  struct Shard {
    bool is_owned = false;
    std::uint64_t epoch = 0;
    std::vector<std::uint64_t> begun;  // a checkpoint, not yet ended
    bool is_closing = false;
  };

  // False: the process ends.
  bool step(Step step, std::uint32_t shard);
  bool claim(std::uint32_t shard, Step how);
  bool refused(std::uint32_t shard, const journal::ClaimRefused& refused);
  bool read(std::uint32_t shard);
  bool read_failed(std::uint32_t shard, const Error& why);
  void append(std::uint32_t shard);
  bool commit();
  bool settle(const journal::CommitOutcome& outcome);
  bool settle_blind(const journal::CommitOutcome& outcome);
  void lost(std::uint32_t shard);
  Step draw(std::uint32_t shard);
  bool is_overtaken(std::uint32_t shard) const;
  LogOracle& oracle(std::uint32_t shard) { return world_.oracles_[shard]; }

  LogWorld& world_;
  std::uint32_t number_;
  std::vector<Step> script_;
  std::unique_ptr<LogDisk> disk_;
  std::unique_ptr<Owner> owner_;
  std::map<std::uint32_t, Shard> shards_;
  bool ends_checkpoint_ = false;  // the open batch does
  std::uint64_t texts_ = 0;
  Fiber fiber_;
};

}  // namespace shoal::sim
