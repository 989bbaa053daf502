#include "log_writer.hpp"

#include <array>
#include <utility>

#include "journal/data_file.hpp"
#include "journal/log_scan.hpp"
#include "journal/record_codec.hpp"
#include "journal/sector.hpp"
#include "local_lanes.hpp"

namespace shoal::bench {

using namespace journal;

LogWriter::LogWriter(const std::filesystem::path& directory, std::uint32_t shards)
    : storage_(value_of(PosixStorage::open(directory))) {
  log_ = start_log(*storage_, [this] {
    ++wakes_;
    wakes_.notify_one();
  });
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    shards_.push_back({{type_number("ledger"), ShardId(shard)}});
    log_->claim({"ledger", ShardId(shard), std::nullopt});
  }
  wait_for([&] { return claimed_ == shards; });
}

template <class Condition>
void LogWriter::wait_for(Condition condition) {
  while (!condition()) {
    const std::uint32_t before = wakes_.load();
    if (!log_->poll(*this)) wakes_.wait(before);
  }
}

Sequence LogWriter::append(std::uint32_t shard, const RecordBody& body) {
  ++appended_;
  return log_->append(shards_[shard].log, body);
}

void LogWriter::commit(std::uint64_t uncounted_max) {
  log_->commit();
  log_->poll(*this);
  wait_for([&] { return appended_ - counted_ <= uncounted_max && log_->has_room(); });
}

void LogWriter::close() {
  commit(0);
  for (const Shard& shard : shards_) log_->close(shard.log);
  wait_for([this] { return closed_ == shards_.size(); });
}

void LogWriter::claimed(const Claimed& outcome) {
  ++claimed_;
  shards_[outcome.shard.shard.value].counted = outcome.next.value - 1;
}

void LogWriter::counted(const Counted& outcome) {
  Shard& shard = shards_[outcome.shard.shard.value];
  counted_ += outcome.through.value - std::exchange(shard.counted, outcome.through.value);
}

void LogWriter::claim_refused(const ClaimRefused& outcome) { fail(outcome.message); }
void LogWriter::failed(const Failed& outcome) { fail(outcome.message); }
void LogWriter::disk_full(const std::string& message) { fail(message); }
void LogWriter::read_chunk(const ReadChunk&) { fail("nobody has asked for it"); }

CommitsFound find_commits(const std::filesystem::path& directory) {
  const auto storage = value_of(PosixStorage::open(directory));
  std::array<char, sector_bytes> identity;
  value_of(value_of(storage->open("journal", Access::read))->read_at(0, identity));
  const JournalId journal = value_of(decode_identity({identity.data(), identity.size()}));
  CommitsFound found;
  for (const auto& [generation, segments] : value_of(list_generations(*storage))) {
    LogScan scan = value_of(LogScan::begin(*storage, journal, generation, Position(0)));
    while (const auto commit = value_of(scan.next(std::nullopt))) {
      found.bytes.push_back(commit->records.size());
      std::uint32_t records = 0;
      for (std::string_view rest = commit->records; take_record(rest);) ++records;
      found.records.push_back(records);
    }
  }
  return found;
}

}  // namespace shoal::bench
