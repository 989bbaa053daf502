#include "host/memory_shedder.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace shoal::host {

namespace {

constexpr double kBytesPerMebibyte = 1024.0 * 1024.0;
constexpr std::uint32_t kTicksPerSecond = 10;
// Allocators keep what was freed for a while (mimalloc: half a second), so that a look right after a round
// would let entities go whose memory is not needed.
constexpr std::chrono::seconds kSettleTime{1};
static_assert(lanes::IdleSweep::tick_ns * kTicksPerSecond == 1'000'000'000);

std::string mebibytes(std::uint64_t bytes) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f", static_cast<double>(bytes) / kBytesPerMebibyte);
  return text.data();
}

}  // namespace

MemoryShedder::MemoryShedder(Options options) : options_(std::move(options)), pressure_(options_.pressure) {
  if (options_.pressure.limit_bytes == 0) options_.pressure.shed_percent = 0;
  if (options_.pressure.shed_percent > 0) status_.limit_bytes = options_.pressure.limit_bytes;
}

void MemoryShedder::look(Clock::time_point now) {
  if (options_.pressure.shed_percent == 0) return;
  if (step_ != Step::rest) {
    {
      const std::lock_guard lock(round_->mutex);
      if (round_->outstanding > 0) return;
    }
    if (step_ == Step::counting) return choose();
    finish_round(now);
  }
  if (now < look_due_) return;
  look_due_ = now + options_.interval;
  const std::uint64_t process_bytes = options_.used_bytes();
  // Only where it matters the lanes are asked how much of it is free for new entities.
  if (pressure_.may_be_high(process_bytes)) return begin_count(now);
  judge(process_bytes, 0);
}

// Says what has changed, and what the last round brought.
void MemoryShedder::judge(std::uint64_t used_bytes, std::uint64_t reusable_bytes) {
  const auto change = pressure_.look(used_bytes);
  {
    const std::lock_guard lock(mutex_);
    status_.used_bytes = used_bytes;
    status_.reusable_bytes = reusable_bytes;
    status_.is_shedding = pressure_.is_high();
  }
  if (!last_shed_.empty()) tell_round(used_bytes);
  if (change == MemoryPressure::Change::begins) {
    told_of_none_ = false;
    options_.warn("memory: " + text_of(used_bytes) + " are used: entities leave it until it is less than " +
                  std::to_string(options_.pressure.target_percent) + " %");
  } else if (change == MemoryPressure::Change::ends) {
    options_.inform("memory: " + text_of(used_bytes) + " are used: entities stay again");
  }
}

std::string MemoryShedder::text_of(std::uint64_t bytes) const {
  const std::uint64_t percent = bytes / std::max<std::uint64_t>(1, options_.pressure.limit_bytes / 100);
  return mebibytes(bytes) + " of " + mebibytes(options_.pressure.limit_bytes) + " MiB (" +
         std::to_string(percent) + " %)";
}

void MemoryShedder::tell_round(std::uint64_t used_bytes) {
  std::uint64_t total = 0;
  std::string types;
  for (const auto& [type, count] : std::exchange(last_shed_, {})) {
    total += count;
    types += (types.empty() ? "" : ", ") + options_.name_of(type) + " " + std::to_string(count);
  }
  options_.inform("memory: " + std::to_string(total) + " entities without a message for " +
                  std::to_string(last_idle_ticks_ / kTicksPerSecond) + " s or longer have left it (" + types +
                  "): from " + mebibytes(used_before_) + " to " + mebibytes(used_bytes) + " of " +
                  mebibytes(options_.pressure.limit_bytes) + " MiB");
}

void MemoryShedder::begin_count(Clock::time_point now) {
  now_tick_ = lanes::IdleSweep::tick_of(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count());
  step_ = Step::counting;
  round_ = std::make_shared<Round>();
  round_->outstanding = options_.lane_count;
  round_->counted.resize(options_.lane_count);
  for (std::uint32_t lane = 0; lane < options_.lane_count; ++lane) {
    options_.count(lane, now_tick_, [round = round_, lane](const lanes::ShedCandidates& candidates) {
      const std::lock_guard lock(round->mutex);
      round->counted[lane] = candidates.idle;
      round->reusable_bytes += candidates.reusable_bytes;
      --round->outstanding;
    });
  }
}

// Requires: all lanes have counted.
void MemoryShedder::choose() {
  const auto counted = std::exchange(round_, nullptr);
  step_ = Step::rest;
  const std::uint64_t process_bytes = options_.used_bytes();
  const std::uint64_t used_bytes = process_bytes - std::min(counted->reusable_bytes, process_bytes);
  judge(used_bytes, counted->reusable_bytes);
  if (!pressure_.is_high()) return;
  used_before_ = used_bytes;
  std::uint64_t candidates = 0;
  for (const lanes::IdleCensus& lane : counted->counted) candidates += lane.total();
  if (candidates == 0) {
    if (std::exchange(told_of_none_, true)) return;
    return options_.warn(
        "memory: no entity may leave it: give the host more, or types whose entities can be made anew "
        "on_memory_pressure = \"passivate\"");
  }
  const auto orders =
      lanes::divide_shedding(counted->counted, pressure_.to_shed(used_bytes, candidates), now_tick_);
  last_idle_ticks_ = orders.front().some_from_ticks;
  step_ = Step::shedding;
  round_ = std::make_shared<Round>();
  round_->outstanding = options_.lane_count;
  for (std::uint32_t lane = 0; lane < options_.lane_count; ++lane) {
    options_.shed(lane, orders[lane],
                  [round = round_](const std::map<lanes::TypeIndex, std::uint64_t>& shed) {
                    const std::lock_guard lock(round->mutex);
                    for (const auto& [type, count] : shed) round->shed[type] += count;
                    --round->outstanding;
                  });
  }
}

// Requires: all lanes have passivated what they were to.
void MemoryShedder::finish_round(Clock::time_point now) {
  const auto ended = std::exchange(round_, nullptr);
  step_ = Step::rest;
  last_shed_ = ended->shed;
  look_due_ = std::max(look_due_, now + kSettleTime);
  const std::lock_guard lock(mutex_);
  for (const auto& [type, count] : ended->shed) {
    shed_totals_[type] += count;
    status_.shed_total += count;
  }
}

management::MemoryStatus MemoryShedder::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::uint64_t MemoryShedder::shed_total(lanes::TypeIndex type) const {
  const std::lock_guard lock(mutex_);
  const auto found = shed_totals_.find(type);
  return found == shed_totals_.end() ? 0 : found->second;
}

}  // namespace shoal::host
