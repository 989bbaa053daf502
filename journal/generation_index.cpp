#include "journal/generation_index.hpp"

#include "journal/record_codec.hpp"

namespace shoal::journal {

Result<void> GenerationIndex::take_in(const ScannedCommit& commit) {
  for (EpochSummary* summary : in_last_commit_) summary->last_synced = summary->last;
  in_last_commit_.clear();
  last_commit_ = commit.position;
  RecordDecoder decoder;
  std::string_view records = commit.records;
  while (const std::optional<std::string_view> bytes = take_record(records)) {
    const std::optional<RecordHeader> header = header_of(*bytes);
    if (!header) return unknown_kind();
    EpochSummary& summary = epochs_[{header->shard, header->epoch}];
    if (in_last_commit_.empty() || in_last_commit_.back() != &summary) in_last_commit_.push_back(&summary);
    if (summary.first.value == 0) summary.first = header->sequence;
    summary.last = header->sequence;
    summary.is_closed = header->kind == RecordKind::closed;
    if (header->kind == RecordKind::checkpoint_begin) {
      summary.begun.push_back({header->sequence, commit.position});
    }
    if (header->kind == RecordKind::checkpoint_end) {
      SHOAL_TRY(record, decoder.decode(*bytes));
      summary.ended.push_back({header->sequence, std::get<CheckpointEnd>(record.body).begin});
    }
  }
  return success();
}

Result<void> GenerationIndex::scan_on() {
  if (!scan_) {
    SHOAL_TRY(scan, LogScan::begin(storage_, journal_, generation_, Position(0)));
    scan_.emplace(std::move(scan));
  }
  scan_->forget_window();
  for (;;) {
    SHOAL_TRY(commit, scan_->next(std::nullopt));
    if (!commit) return success();
    SHOAL_TRYV(take_in(*commit));
  }
}

void GenerationIndex::forget() {
  scan_.reset();
  in_last_commit_.clear();
  epochs_.clear();
}

// A scan that has failed, perhaps at a segment that was just deleted, stands nowhere: the next one begins
// anew.
Result<void> GenerationIndex::refresh() {
  auto refreshed = find_what_is_new();
  if (!refreshed) forget();
  return refreshed;
}

// Where the segments have gone that follow the place it came to, it begins anew with what is there, until it
// comes to the end: each time there are fewer, and none goes that the next owner of a shard needs.
Result<void> GenerationIndex::find_what_is_new() {
  SHOAL_TRYV(scan_on());
  for (;;) {
    SHOAL_TRY(cut_off, scan_->is_cut_off());
    if (!cut_off) break;
    forget();
    SHOAL_TRYV(scan_on());
  }
  tail_.clear();
  if (in_last_commit_.empty() || last_commit_ < scan_->synced_end()) {
    for (EpochSummary* summary : in_last_commit_) summary->last_synced = summary->last;
    in_last_commit_.clear();
    return success();
  }
  SHOAL_TRY(last, LogScan::begin(storage_, journal_, generation_, scan_->synced_end()));
  SHOAL_TRY(commit, last.next(std::nullopt));
  if (commit) tail_ = commit->records;
  return success();
}

const EpochSummary* GenerationIndex::find(LogShard shard, Epoch epoch) const {
  const auto at = epochs_.find({shard, epoch});
  return at == epochs_.end() ? nullptr : &at->second;
}

}  // namespace shoal::journal
