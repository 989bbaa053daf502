#include "journal/log_read.hpp"

#include <algorithm>
#include <string>

#include "journal/record_codec.hpp"

namespace shoal::journal {

LogRead::LogRead(Storage& storage, const JournalId& journal, std::vector<ReadPlan> plans)
    : storage_(storage), journal_(journal) {
  for (ReadPlan& plan : plans) readings_.push_back({std::move(plan), Sequence(0)});
}

// Takes the generation of the first shard that is not done, and all shards that come to it next.
Result<bool> LogRead::begin_scan() {
  std::optional<Generation> generation;
  Position from;
  for (Reading& reading : readings_) {
    if (reading.plan.stretches.empty()) continue;
    const ReadStretch& next = reading.plan.stretches.front();
    if (!generation) {
      generation = next.generation;
      from = next.from;
      scan_end_ = next.end;
    }
    if (next.generation != *generation) continue;
    in_scan_[reading.plan.shard] = &reading;
    from = std::min(from, next.from);
    scan_end_ = std::max(scan_end_, next.end);
  }
  if (!generation) return false;
  SHOAL_TRY(scan, LogScan::begin(storage_, journal_, *generation, from));
  scan_.emplace(std::move(scan));
  return true;
}

void LogRead::end_scan() {
  scan_.reset();
  for (const auto& [shard, reading] : in_scan_) reading->plan.stretches.pop_front();
  in_scan_.clear();
}

Result<void> LogRead::take(const ScannedCommit& commit, RecordSink& sink) {
  Reading* last = nullptr;
  std::string_view records = commit.records;
  while (const std::optional<std::string_view> bytes = take_record(records)) {
    const std::optional<RecordHeader> header = header_of(*bytes);
    if (!header) return unknown_kind();
    if (last == nullptr || last->plan.shard != header->shard) {
      const auto at = in_scan_.find(header->shard);
      if (at == in_scan_.end()) continue;
      last = at->second;
    }
    const ReadStretch& stretch = last->plan.stretches.front();
    if (header->epoch != stretch.epoch) continue;
    if (commit.position < stretch.from || commit.position >= stretch.end) continue;
    if (header->sequence < last->plan.first || header->sequence >= last->plan.next) continue;
    const Sequence expected = last->expected.value == 0 ? last->plan.first : last->expected;
    if (header->sequence != expected) {
      return error(ErrorCode::refused, "record " + std::to_string(expected.value) + " of shard " +
                                           std::to_string(header->shard.shard.value) +
                                           " is missing in the journal: restore a backup of it");
    }
    last->expected = Sequence(expected.value + 1);
    sink.record(header->shard, *bytes);
  }
  return success();
}

Result<bool> LogRead::step(RecordSink& sink) {
  for (;;) {
    if (!scan_) {
      SHOAL_TRY(begun, begin_scan());
      if (!begun) break;
    }
    SHOAL_TRY(commit, scan_->next(scan_end_));
    if (!commit) {
      end_scan();
      continue;
    }
    SHOAL_TRYV(take(*commit, sink));
    return true;
  }
  for (const Reading& reading : readings_) {
    const Sequence reached = reading.expected.value == 0 ? reading.plan.first : reading.expected;
    if (reached >= reading.plan.next) continue;
    return error(ErrorCode::refused,
                 "record " + std::to_string(reached.value) + " of shard " +
                     std::to_string(reading.plan.shard.shard.value) +
                     " is missing at the end of what the journal holds: restore a backup");
  }
  return false;
}

}  // namespace shoal::journal
