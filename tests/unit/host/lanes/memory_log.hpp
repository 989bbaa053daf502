#pragma once
// The logs of shards in memory: what was committed outlives the lane that wrote it, so that another one may
// recover. Whether commits count is the test's to say.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "journal/record_codec.hpp"
#include "journal/record_sums.hpp"
#include "journal/shard_log.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

// The disk. Any thread.
struct MemoryJournal {
  struct Log {
    std::vector<std::string> records;
    std::uint64_t epoch = 0;
    bool is_closed = false;
    std::uint32_t lease_ms = 0;
    std::vector<journal::OwnedEpoch> epochs{};
  };
  std::mutex mutex;
  std::map<journal::LogShard, Log> logs;
  std::atomic<bool> holds{false};         // nothing counts
  std::atomic<bool> holds_reads{false};   // nothing that is read comes
  std::atomic<std::uint64_t> commits{0};  // with something in them
  std::atomic<bool> fails_next{false};    // the next commit fails each shard in it; nothing of it is kept
  // What `fails_next` is then told as.
  std::atomic<journal::LogFailure> failure{journal::LogFailure::storage};
  std::function<void()> wake;

  std::uint64_t records_of(const journal::LogShard& shard) {
    const std::lock_guard lock(mutex);
    return logs[shard].records.size();
  }
  // Makes its first record one of a kind that nobody knows.
  void spoil(const journal::LogShard& shard) {
    constexpr std::size_t kind_at = journal::record_header_bytes - 4;
    const std::lock_guard lock(mutex);
    logs[shard].records.front()[kind_at] = 99;
  }
  // Waits for a checkpoint of the shard, and forgets what stands before its begin. False: there came none.
  bool forget_before_checkpoint(const journal::LogShard& shard) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      const std::lock_guard lock(mutex);
      Log& log = logs[shard];
      journal::RecordDecoder decoder;
      for (std::size_t at = log.records.size(); at > 0; --at) {
        const auto record = decoder.decode(log.records[at - 1]);
        const auto* end = record ? std::get_if<journal::CheckpointEnd>(&record.value().body) : nullptr;
        if (end == nullptr) continue;
        for (std::size_t before = 0; before + 1 < end->begin.value; ++before) log.records[before].clear();
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }
  // That have begun.
  std::size_t checkpoints_of(const journal::LogShard& shard) {
    const std::lock_guard lock(mutex);
    journal::RecordDecoder decoder;
    std::size_t begun = 0;
    for (const std::string& bytes : logs[shard].records) {
      if (bytes.empty()) continue;  // forgotten
      const auto record = decoder.decode(bytes);
      if (record && record.value().header.kind == journal::RecordKind::checkpoint_begin) ++begun;
    }
    return begun;
  }
  void let_count() {
    holds = false;
    wake();
  }
  void let_read() {
    holds_reads = false;
    wake();
  }
};

class MemoryLog final : public journal::ShardLog {
 public:
  MemoryLog(MemoryJournal& journal, std::function<void()> wake) : journal_(journal), wake_(std::move(wake)) {
    journal_.wake = wake_;
  }

  void claim(journal::ClaimRequest request) override {
    const journal::LogShard shard{journal::type_number(request.type), request.shard};
    const std::lock_guard lock(journal_.mutex);
    MemoryJournal::Log& log = journal_.logs[shard];
    const std::uint32_t earlier_lease_ms = log.epoch == 0 || log.is_closed ? 0 : log.lease_ms;
    log.lease_ms = std::max(request.lease_ms, earlier_lease_ms);
    log.is_closed = false;
    Own& own = own_[shard];
    own = {++log.epoch, log.records.size() + 1, log.records.size() + 1, false};
    if (!log.epochs.empty()) log.epochs.back().end = journal::Sequence{own.next};
    log.epochs.push_back({journal::Epoch{own.epoch}, journal::OwnerId{own.epoch + 100},
                          journal::Sequence{own.next}, journal::Sequence{own.next}});
    out_.push_back(journal::Claimed{
        shard, journal::Epoch{own.epoch}, {}, journal::Sequence{own.next}, earlier_lease_ms, log.epochs});
    wake_();
  }
  void read(journal::LogShard shard, journal::Sequence) override {
    const std::lock_guard lock(journal_.mutex);
    const std::vector<std::string>& records = journal_.logs[shard].records;
    chunks_.emplace_back();
    for (const std::string& record : records) chunks_.back() += record;
    read_.push_back(journal::ReadChunk{shard, chunks_.back(), records.size(), 0});
    read_.push_back(journal::ReadEnd{shard, records.size()});
    wake_();
  }
  void give_back(const journal::ReadChunk&) override {}

  journal::Sequence append(journal::LogShard shard, const journal::RecordBody& body) override {
    Own& own = own_.at(shard);
    const journal::RecordHeader header{shard, journal::Epoch{own.epoch}, journal::Sequence{own.next++},
                                       journal::kind_of(body)};
    std::string bytes(journal::encoded_bytes(body), '\0');
    journal::encode(header, body, bytes.data());
    journal::sum_up(bytes, bytes.size(), 0);
    appended_.emplace_back(shard, std::move(bytes));
    return header.sequence;
  }
  void commit() override {
    if (appended_.empty()) return;
    ++journal_.commits;
    const bool fails = journal_.fails_next.exchange(false);
    const std::lock_guard lock(journal_.mutex);
    for (auto& [shard, bytes] : appended_) {
      Own& own = own_.at(shard);
      if (fails) {
        out_.push_back(journal::Failed{shard, journal::Epoch{own.epoch}, journal_.failure, "told to"});
        own.has_failed = true;
      }
      if (own.has_failed) continue;  // nothing counts behind a gap
      journal_.logs[shard].records.push_back(std::move(bytes));
      ++own.committed;
      waiting_.push_back(
          journal::Counted{shard, journal::Epoch{own.epoch}, journal::Sequence{own.committed - 1}});
    }
    appended_.clear();
    wake_();
  }
  bool has_room() const override { return true; }
  std::size_t record_bytes_max() const override { return journal::record_bytes_max_default; }
  std::uint64_t kept_bytes(journal::LogShard) const override { return 0; }
  void close(journal::LogShard shard) override {
    append(shard, journal::Closed{});
    commit();
    const std::lock_guard lock(journal_.mutex);
    journal_.logs[shard].is_closed = true;
    waiting_.push_back(shard);
    wake_();
  }

  bool poll(journal::LogListener& listener) override {
    if (!journal_.holds) std::move(waiting_.begin(), waiting_.end(), std::back_inserter(out_));
    if (!journal_.holds) waiting_.clear();
    if (!journal_.holds_reads) {
      const auto read = std::exchange(read_, {});
      out_.insert(out_.end(), read.begin(), read.end());
    }
    std::deque<Outcome> outcomes = std::exchange(out_, {});
    for (const Outcome& outcome : outcomes)
      std::visit([&](const auto& one) { tell(listener, one); }, outcome);
    return !outcomes.empty();
  }

 private:
  struct Own {
    std::uint64_t epoch;
    std::uint64_t next;
    std::uint64_t committed;  // the sequence of the next record that is
    bool has_failed;
  };
  using Outcome = std::variant<journal::Claimed, journal::Counted, journal::Failed, journal::ReadChunk,
                               journal::ReadEnd, journal::LogShard>;

  static void tell(journal::LogListener& to, const journal::Claimed& one) { to.claimed(one); }
  static void tell(journal::LogListener& to, const journal::Counted& one) { to.counted(one); }
  static void tell(journal::LogListener& to, const journal::Failed& one) { to.failed(one); }
  static void tell(journal::LogListener& to, const journal::ReadChunk& one) { to.read_chunk(one); }
  static void tell(journal::LogListener& to, const journal::ReadEnd& one) { to.read_end(one); }
  static void tell(journal::LogListener& to, const journal::LogShard& one) { to.shard_closed(one); }

  MemoryJournal& journal_;
  std::function<void()> wake_;
  std::map<journal::LogShard, Own> own_;
  std::vector<std::pair<journal::LogShard, std::string>> appended_;
  std::deque<Outcome> waiting_;
  std::deque<Outcome> read_;
  std::deque<Outcome> out_;
  std::list<std::string> chunks_;
};

}  // namespace shoal::lanes
