#pragma once
// KafkaLog: the Kafka log behind ShardLog: partition n of a type's journal topic is the log of shard n
// (KAFKA.md). It has no thread of its own: Kafka's client writes and reads on its threads, and what came of
// that is taken in by `poll`. Time has no part in it: what is not written in time Kafka's client gives up.
//
// Bounds: append_bytes_max of records wait to count, by has_room; fetches_max partitions are read at a time,
// each with a bounded queue; chunks_out_max chunks are out.
//
// All calls: [lane]. Errors of Kafka end epochs, and are said by Failed and ClaimRefused.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/kafka_shard.hpp"
#include "journal/kafka_topic.hpp"
#include "journal/shard_log.hpp"

namespace shoal::journal {

class KafkaLog final : public ShardLog, private KafkaEvents {
 public:
  KafkaLog(std::unique_ptr<KafkaTopics> topics, KafkaLogOptions options);
  ~KafkaLog() override;
  KafkaLog(const KafkaLog&) = delete;
  KafkaLog& operator=(const KafkaLog&) = delete;

  void claim(ClaimRequest request) override;
  void read(LogShard shard, Sequence from) override;
  void give_back(const ReadChunk& chunk) override;
  Sequence append(LogShard shard, const RecordBody& body) override;
  void commit() override;
  bool has_room() const override;
  std::size_t record_bytes_max() const override { return options_.record_bytes_max; }
  std::uint64_t kept_bytes(LogShard) const override { return 0; }
  void close(LogShard shard) override;
  bool poll(LogListener& listener) override;

 private:
  struct Entry {
    KafkaPlace place;
    std::unique_ptr<KafkaShard> shard;
  };

  void written(const KafkaWritten& outcome) override;
  void fetched(KafkaPlace place, Offset offset, std::string_view bytes) override;
  void fetched_all(KafkaPlace place) override;
  void fetch_failed(KafkaPlace place, const std::string& message) override;
  void broker_away(const std::string& message) override;

  KafkaShard& shard_of(LogShard shard);
  KafkaShard* shard_at(KafkaPlace place) const;
  void start_claims();
  void start(ClaimRequest request, const JournalId& journal);
  void broker_answers();
  void go_on();
  void wake_for(std::size_t outcomes_before);
  void deliver(KafkaOutcome& outcome, LogListener& listener);
  void forget(LogShard shard);

  const KafkaLogOptions options_;
  std::unique_ptr<KafkaTopics> topics_;
  KafkaShared shared_;
  std::map<TypeNumber, std::string> types_;
  std::vector<ClaimRequest> claims_;  // that wait for their topic
  std::unordered_map<LogShard, Entry> shards_;
  std::unordered_map<KafkaPlace, KafkaShard*> by_place_;
  std::vector<LogShard> appended_;  // since the last commit
  std::vector<KafkaOutcome> delivering_;
  std::unordered_map<std::uint32_t, std::string> chunks_;  // with the lane
  std::uint32_t next_chunk_id_ = 0;
  bool is_away_ = false;
};

}  // namespace shoal::journal
