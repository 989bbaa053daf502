#pragma once
// KafkaWorld: processes with Kafka logs on one topic in memory, in one thread. A process stands still for as
// long as others are chosen; what it has sent lands meanwhile, late, or never. Messages fail, fail and are
// there, or are acknowledged without an offset; processes are killed and start again as others.
//
// All is decided by a Chance; a run with the same one is the same to the bit, which `hash` shows.

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/sim/journal/kafka_process.hpp"

namespace shoal::sim {

struct KafkaPlan {
  std::uint32_t shards = 1;
  std::uint32_t processes = 2;  // at a time
  std::uint64_t steps = 3'000;
  bool has_faults = false;
  bool has_kills = false;
  bool has_early_ends = false;  // a fetch says that it is at the end before it is
  KafkaBug bug = KafkaBug::none;
  std::ostream* trace = nullptr;
};

struct KafkaRun {
  std::vector<std::string> breaches;
  std::uint64_t hash = 0;
  std::uint64_t known = 0;    // texts that counted or were read
  std::uint64_t owners = 0;   // claims that held
  std::uint64_t deleted = 0;  // messages below checkpoints
};

class KafkaWorld {
 public:
  KafkaWorld(const KafkaPlan& plan, Chance& chance);
  KafkaRun run();

 private:
  void act();
  void start_process();
  void kill(std::size_t index);
  void land(KafkaProcess& process, std::uint32_t shard);
  void land_stray();
  void step(KafkaProcess& process, std::uint32_t shard);
  void finish();
  void recover();
  KafkaProcess& any() { return *processes_[chance_.below(processes_.size())]; }
  std::uint32_t any_shard() { return static_cast<std::uint32_t>(chance_.below(plan_.shards)); }

  const KafkaPlan plan_;
  Chance& chance_;
  MemoryKafka kafka_;
  std::vector<std::string> breaches_;
  std::vector<LogOracle> oracles_;
  std::vector<journal::Decision> decisions_;
  KafkaSurroundings surroundings_;
  std::vector<std::unique_ptr<KafkaProcess>> processes_;
  std::uint32_t next_process_ = 1;
};

// The plan of a seed. `trace` gets what happens.
KafkaRun run_kafka_seed(std::uint64_t seed, KafkaBug bug, std::ostream* trace = nullptr);

}  // namespace shoal::sim
