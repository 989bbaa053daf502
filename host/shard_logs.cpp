#include "host/shard_logs.hpp"

#include <random>
#include <utility>

#include "journal/log_thread.hpp"

namespace shoal::host {

namespace {

constexpr std::uint64_t kSegmentBytes = 16 * 1024 * 1024;

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

Result<void> ShardLogs::give(lanes::Lane& lane) {
  if (!storage_) {
    SHOAL_TRY(storage, journal::PosixStorage::open(directory_));
    storage_ = std::move(storage);
  }
  journal::LogThreadOptions options;
  options.log.owner = journal::OwnerId{owner_};
  options.log.data.segment_bytes = kSegmentBytes;
  options.log.data.random = random_number;
  options.wake = lane.waker();
  SHOAL_TRY(log, journal::LogThread::start(*storage_, std::move(options)));
  lane.use_log(std::move(log));
  return success();
}

std::string journal_trouble(const LaneGroup& lanes, const std::string& topics) {
  std::uint64_t closed = 0;
  bool is_full = false;
  bool is_stuck = false;
  for (std::uint32_t index = 0; index < lanes.count(); ++index) {
    const lanes::LaneCounters& counters = lanes.lane(LaneIndex{index}).counters();
    closed += counters.shards_closed.load(std::memory_order_relaxed);
    is_full = is_full || counters.log_full.load(std::memory_order_relaxed) != 0;
    is_stuck = is_stuck || counters.store_stuck.load(std::memory_order_relaxed) != 0;
  }
  std::string text;
  const auto add = [&text](const std::string& trouble) { text += (text.empty() ? "" : "; ") + trouble; };
  if (is_full) add("the journal has no room");
  if (is_stuck) add("the state store cannot be written");
  if (closed > 0) add(std::to_string(closed) + " shards do not have their logs");
  if (!topics.empty()) return text + (text.empty() ? "" : ": ") + topics;
  return text.empty() ? text : text + ": the host's log says why";
}

}  // namespace shoal::host
