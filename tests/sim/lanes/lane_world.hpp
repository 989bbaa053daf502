#pragma once
// LaneWorld: hosts with production lanes and file logs on one disk in memory, with topics, a sink and
// clients, in one thread and under virtual time. A host that starts takes every shard; who had them goes on
// as long as it believes in its leases. Hosts are killed and stopped; each, or its lane, or its log side, is
// paused for longer than a lease, with its clock running or standing; the power fails and takes what was not
// synced; the disk fails.
//
// All is decided by a Chance; a run with the same one is the same to the bit, which `hash` shows.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "host/modules/entity_type.hpp"
#include "tests/sim/journal/chance.hpp"
#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/lanes/lane_oracle.hpp"
#include "tests/sim/lanes/lane_plan.hpp"
#include "tests/sim/lanes/machine_states.hpp"
#include "tests/sim/lanes/memory_topics.hpp"
#include "tests/sim/lanes/spoiled_log.hpp"

namespace shoal::sim {

struct LaneRun {
  std::vector<std::string> breaches;
  std::uint64_t hash = 0;
  std::uint64_t answers = 0;
  std::uint64_t emits = 0;
  std::uint64_t records = 0;  // of sources
  std::uint64_t hosts = 0;
};

using LaneTypes = std::vector<std::shared_ptr<const modules::EntityType>>;

class LaneWorld {
 public:
  // `types`: of the module "diary", in the order of lane_types.
  LaneWorld(const LanePlan& plan, const LaneTypes& types, Chance& chance, std::uint64_t seed);
  ~LaneWorld();
  LaneRun run();

 private:
  class Host;

  Fault called(const DiskCall& call);
  void step();
  void pass_time();
  std::int64_t draw_pause_ns();
  void run_somebody();
  void resume(Host& host, bool is_lane);
  void meddle();
  void start_host();
  void remove_ended();
  void kill_all();
  void power_failure();
  void make_topic_anew();
  std::string draw_commands(LaneOracle::Note& note, std::uint64_t number);
  void ask_somebody();
  void ask(Host& host, std::uint32_t type, const std::string& id, std::optional<std::uint64_t> number,
           const std::string& commands);
  std::string draw_id_of(std::uint32_t shard);
  void add_record();
  void add_record(std::uint32_t type, const std::string& id);
  std::vector<Host*> hosts() const;

  void end_in_quiet();
  bool run_quietly(const char* what, const std::function<bool()>& is_done);
  std::map<std::string, Numbers> look_at_all(Host& host);
  bool all_is_committed() const;
  void trace(std::uint32_t host, const std::string& what) const;
  void note(std::uint64_t number) { hash_ = (hash_ ^ number) * 0x100000001b3U; }
  void note(std::string_view text);

  const LanePlan plan_;
  const LaneTypes& types_;
  Chance& chance_;
  std::mt19937_64 ids_;
  std::int64_t now_ns_ = 0;
  LaneOracle oracle_;
  MemoryTopics topics_;
  VoidRecords void_records_;
  std::map<MemoryTopics::PartitionKey, std::size_t> longest_;  // of partitions made anew: that they ever were
  std::unique_ptr<MemoryDisk> disk_;
  std::vector<std::unique_ptr<MachineStates>> stores_;  // by data directory
  std::vector<std::unique_ptr<Host>> hosts_;
  Host* running_ = nullptr;  // whose log side runs
  std::uint32_t next_host_ = 1;
  std::uint64_t next_number_ = 1;
  std::uint64_t waiting_ = 0;  // asks
  std::uint64_t records_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  bool is_disk_sound_ = true;
  bool is_quiet_ = false;
};

}  // namespace shoal::sim
