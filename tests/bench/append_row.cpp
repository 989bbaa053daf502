// The row append: a full lane, whose batches of 512 events are each of one shard, with as much on its way as
// a host's lane holds.

#include <array>
#include <string>

#include "host/lanes/source_reader.hpp"
#include "journal_rows.hpp"
#include "local_module.h"
#include "log_writer.hpp"
#include "raw_file.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kShards = 16;
constexpr std::uint64_t kBatchEvents = lanes::SourceReader::batch_records_max;
constexpr std::uint64_t kBatchesHeldMax = 64;

}  // namespace

Figures measure_append(const std::filesystem::path& directory, std::uint64_t events) {
  const std::string bytes(EVENT_BYTES, 'e');
  const std::array recorded{journal::Event{0, 1, bytes}};
  journal::Turn turn;
  turn.entity = "entity-1234";
  turn.state_version = 1;
  turn.events = recorded;
  turn.effects.module_version = "1.0.0";
  double seconds = 0;
  {
    LogWriter writer(directory, kShards);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t event = 0; event < events; ++event) {
      turn.revision = event + 1;
      turn.effects.now_ms = static_cast<std::int64_t>(1'700'000'000'000 + event);
      writer.append(static_cast<std::uint32_t>(event / kBatchEvents % kShards), turn);
      if (event % kBatchEvents == kBatchEvents - 1) writer.commit(kBatchesHeldMax * kBatchEvents);
    }
    writer.commit(0);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const auto count = static_cast<double>(events);
  return {count / seconds, count / seconds_to_write(directory / "raw", commit_sizes(directory))};
}

}  // namespace shoal::bench
