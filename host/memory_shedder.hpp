#pragma once
// MemoryShedder: looks at the process's memory and lets entities leave when it is too much, the longest idle
// first over all lanes. What of it counts is the resident memory less what ended entities left for new ones.
//
// A round: look ─► lanes count their idle entities ─► the oldest are chosen ─► lanes passivate them ─► next
// look, a second later at the soonest. Where the memory is in order the round ends with the look. `look` is
// [control], answers come from lanes, `status` is any thread's. A lane in a turn that does not end holds the
// round, and so does one that has ended: nothing waits for it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/lanes/shedding.hpp"
#include "host/management/host_api.hpp"
#include "host/memory_pressure.hpp"

namespace shoal::host {

class MemoryShedder {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    MemoryPressure::Options pressure;
    std::chrono::milliseconds interval{5'000};
    std::uint32_t lane_count = 0;
    std::function<std::uint64_t()> used_bytes;  // of the process
    // What Lane has of these names.
    std::function<void(std::uint32_t lane, std::uint32_t now_tick, lanes::Shedding::Counted)> count;
    std::function<void(std::uint32_t lane, const lanes::ShedOrder&, lanes::Shedding::Shed)> shed;
    std::function<std::string(lanes::TypeIndex)> name_of;
    std::function<void(const std::string&)> warn;
    std::function<void(const std::string&)> inform;
  };

  explicit MemoryShedder(Options options);

  // To be called again and again. [control]
  void look(Clock::time_point now);

  management::MemoryStatus status() const;
  // Entities of a type that have left so.
  std::uint64_t shed_total(lanes::TypeIndex type) const;

 private:
  // What the lanes answer; they may do so when nobody waits any more.
  struct Round {
    std::mutex mutex;
    std::uint32_t outstanding = 0;
    std::vector<lanes::IdleCensus> counted;  // by lane
    std::uint64_t reusable_bytes = 0;
    std::map<lanes::TypeIndex, std::uint64_t> shed;
  };
  enum class Step { rest, counting, shedding };

  void begin_count(Clock::time_point now);
  void choose();
  void finish_round(Clock::time_point now);
  void judge(std::uint64_t used_bytes, std::uint64_t reusable_bytes);
  void tell_round(std::uint64_t used_bytes);
  std::string text_of(std::uint64_t bytes) const;

  Options options_;
  MemoryPressure pressure_;
  Clock::time_point look_due_{};
  Step step_ = Step::rest;
  std::shared_ptr<Round> round_;
  std::uint32_t now_tick_ = 0;
  std::uint64_t used_before_ = 0;                        // the round
  bool told_of_none_ = false;                            // since the memory is too much
  std::map<lanes::TypeIndex, std::uint64_t> last_shed_;  // not told yet
  std::uint32_t last_idle_ticks_ = 0;
  mutable std::mutex mutex_;
  management::MemoryStatus status_;
  std::map<lanes::TypeIndex, std::uint64_t> shed_totals_;
};

}  // namespace shoal::host
