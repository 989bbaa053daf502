#pragma once
// LogWorld: processes with file logs on one disk in memory, in one thread. Each runs the production FileLog
// until its next call of the disk, where it may stand while others go on, for as long as it takes them to
// claim, write and delete: a pause of any length, in which its own clock would stand as well. Processes are
// killed and start again as others; the power fails and takes what was not synced; the disk fails and is
// full.
//
// All is decided by a Chance; a run with the same one is the same to the bit, which `hash` shows.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/journal/chance.hpp"
#include "tests/sim/journal/fiber.hpp"
#include "tests/sim/journal/log_bugs.hpp"
#include "tests/sim/journal/log_oracle.hpp"
#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::sim {

// What a process does next, of one shard.
enum class Step : std::uint8_t {
  claim,             // and read; the owner decides for itself
  claim_as_decided,  // by a decision of the coordinator made now
  claim_late,        // by one that was made a while ago
  append,
  commit,  // and hear what counts
  append_and_commit,
  checkpoint,  // begin and end in one batch
  begin_checkpoint,
  end_checkpoint,
  idle,
  read_again,  // up to what counts
  close,
};

struct LogPlan {
  std::uint32_t shards = 1;
  std::uint32_t processes = 2;  // at a time
  std::uint64_t segment_bytes = 8 * 1024;
  std::size_t spare_segments_max = 1;
  std::size_t text_bytes_step = 60;        // a text has up to three times as many
  std::vector<std::vector<Step>> scripts;  // of each process; none: steps are drawn
  std::uint64_t steps = 30;                // drawn, of a process
  std::uint64_t switches_max = 0;          // with scripts: so often a process is stopped for another
  bool has_crashes = false;
  std::uint64_t calls_a_crash = 250;  // in the mean
  bool has_disk_errors = false;
  LogBug bug = LogBug::none;
  std::ostream* trace = nullptr;  // gets a line for every call of the disk and all that came of it
};

struct LogRun {
  std::vector<std::string> breaches;
  std::uint64_t hash = 0;
  std::uint64_t calls = 0;   // of the disk
  std::uint64_t known = 0;   // texts that counted or were read
  std::uint64_t owners = 0;  // claims that held
};

class LogWorld {
 public:
  LogWorld(const LogPlan& plan, Chance& chance, std::uint64_t seed);
  ~LogWorld();
  LogRun run();

 private:
  class Process;

  Fault called(const DiskCall& call);
  void switch_scripted(const DiskCall& call);
  void start_process();
  void go_on();
  void crash();
  void kill(Process& process);
  void kill_all();
  void power_failure();
  void recover();
  std::vector<Process*> alive() const;
  void trace(std::uint32_t process, const std::string& what) const;
  void note(std::uint64_t number) { hash_ = (hash_ ^ number) * 0x100000001b3U; }

  const LogPlan plan_;
  Chance& chance_;
  std::mt19937_64 ids_;
  std::vector<std::string> breaches_;
  std::vector<LogOracle> oracles_;  // of each shard
  std::unique_ptr<MemoryDisk> disk_;
  std::vector<std::unique_ptr<Process>> processes_;
  Process* running_ = nullptr;
  std::map<std::string, std::uint32_t> claims_made_;  // by whom
  std::vector<journal::Decision> decisions_;
  std::uint32_t next_process_ = 1;
  std::uint64_t switches_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::uint64_t calls_ = 0;
  std::uint64_t owners_ = 0;
  bool is_disk_sound_ = true;
};

}  // namespace shoal::sim
