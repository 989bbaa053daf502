#pragma once
// KafkaShard: one shard's log in its partition, as one owner goes through it: from its claim to the end of
// the epoch. Owned by KafkaLog, which says which call comes when. [lane]
//
//   scanning ─► claiming ─► owned ─► over (closed, refused or failed: said once, nothing comes after it)
//
// One fetch at a time: for the claim, for a look (offset_rule.hpp), or for a read.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "journal/kafka_chain.hpp"
#include "journal/kafka_message.hpp"
#include "journal/kafka_topic.hpp"
#include "journal/offset_rule.hpp"
#include "journal/shard_log.hpp"

namespace shoal::journal {

struct KafkaLogOptions {
  OwnerId owner;
  std::function<std::uint64_t()> random;  // tells the owner's claims apart
  // Which journal the type's topic is; none: not known yet, the claim waits.
  std::function<std::optional<JournalId>(const std::string& type)> journal_of;
  std::size_t append_bytes_max = 8 * 1024 * 1024;
  std::size_t record_bytes_max = record_bytes_max_default;
  std::size_t chunk_bytes = 512 * 1024;  // a chunk may be longer by one message
  std::size_t chunks_out_max = 4;
  std::size_t fetches_max = 8;  // at a time; each has a queue of its own
  std::function<void()> wake;
};

// What came of it, for the listener.
struct KafkaChunkOut {
  ReadChunk chunk;
  std::string bytes;
};
struct KafkaShardClosed {
  LogShard shard;
};
struct KafkaHeld {
  std::string message;
};
struct KafkaGoesOn {};
using KafkaOutcome = std::variant<Claimed, ClaimRefused, Counted, Failed, KafkaChunkOut, ReadEnd,
                                  KafkaShardClosed, KafkaHeld, KafkaGoesOn>;

class KafkaShard;

// What the shards of one log share.
struct KafkaShared {
  KafkaShared(KafkaTopics& kafka, const KafkaLogOptions& log_options) : topics(kafka), options(log_options) {}

  KafkaTopics& topics;
  const KafkaLogOptions& options;
  std::vector<KafkaOutcome> outcomes;
  std::vector<std::string> spare;  // memory of messages
  std::uint64_t next_ticket = 1;
  std::size_t bytes_waiting = 0;  // of records that are appended and not settled
  bool is_blocked = false;        // Kafka took no message
  std::size_t fetches = 0;
  std::deque<KafkaShard*> to_fetch;  // for want of room among the fetches
  std::size_t chunks_out = 0;
  std::vector<KafkaShard*> to_hand_over;  // have a chunk while too many are out
  // So far the logs of shards that were claimed here have been read: no later claim stands before.
  std::unordered_map<LogShard, Offset> known_ends;
};

class KafkaShard {
 public:
  // Claims.
  KafkaShard(KafkaShared& shared, ClaimRequest request, KafkaPlace place, const JournalId& journal);
  ~KafkaShard();
  KafkaShard(const KafkaShard&) = delete;
  KafkaShard& operator=(const KafkaShard&) = delete;

  // As ShardLog's. What comes after the end of the epoch is left.
  Sequence append(const RecordBody& body);
  void commit();
  void read(Sequence from);
  bool has_appended() const { return next_.value != committed_.value + 1; }

  void start_fetch();
  // Hands over what waits, if it may.
  void hand_over();
  // Goes on with what Kafka did not take.
  void send();

  void written(const KafkaWritten& outcome);
  void fetched(Offset offset, std::string_view bytes);
  void fetched_all();
  void fetch_failed(const std::string& message);

 private:
  enum class Phase : std::uint8_t { scanning, claiming, owned, over };
  enum class Fetching : std::uint8_t { nothing, claim, look, read };

  struct Message {
    KafkaTicket ticket;
    KafkaHead head;
    KafkaMarks marks;
    bool is_acknowledged = false;
    std::optional<Offset> offset;
    std::string bytes;  // until Kafka has taken it
  };
  struct ReadOrder {
    Sequence first;
    Sequence through;
    bool is_ready = false;  // all of it counts
    Offset start;
  };
  struct Reading {
    KafkaChain chain;
    Offset expected;
    std::string bytes;
    std::size_t records = 0;
    std::uint64_t records_total = 0;
  };
  struct Deletable {
    Offset before;
    Sequence through;  // the end of the checkpoint
  };

  // Claiming
  void send_claim();
  void take_for_claim(Offset offset, const KafkaMessage& message);
  void miss_claim();
  void claim_written(const KafkaWritten& outcome);
  void own(std::uint32_t earlier_lease_ms);
  void refuse(ClaimRefusal reason, const std::string& what);
  void refuse_void();
  // Appending
  void finish_message();
  void settle();
  void count_front();
  void take_for_look(Offset offset, const KafkaMessage& message);
  void look_on(bool is_found, bool is_at_end);
  void fail(LogFailure reason, const std::string& what);
  void fail_overtaken(const Claim& newer);
  // Reading
  void make_reads_ready();
  void begin_read();
  void take_for_read(Offset offset, const KafkaMessage& message);
  void read_on();
  void delete_what_may_go();
  // Fetching
  Fetching wanted() const;
  void fetch_on();
  void end_fetch();
  void end();
  std::string named(const std::string& what) const;

  KafkaShared& shared_;
  ClaimRequest request_;
  KafkaPlace place_;
  LogShard shard_;
  JournalId journal_;
  KafkaChain chain_;
  Phase phase_ = Phase::scanning;

  KafkaHead claim_;
  KafkaTicket claim_ticket_;
  std::optional<Offset> claim_offset_;
  bool is_last_look_ = false;  // at what came of the claim

  Epoch epoch_;
  Sequence next_;
  Sequence committed_;
  Sequence counted_;
  std::string filling_;
  std::uint32_t filling_count_ = 0;
  KafkaMarks filling_marks_;
  std::deque<Message> ready_;      // to be handed to Kafka
  std::deque<Message> in_flight_;  // with Kafka
  bool wants_look_ = false;

  std::deque<ReadOrder> reads_;
  std::optional<Reading> reading_;
  bool is_held_ = false;
  std::optional<Deletable> deletable_;

  Fetching fetching_ = Fetching::nothing;
  bool is_queued_ = false;  // to fetch
};

}  // namespace shoal::journal
