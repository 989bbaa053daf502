#pragma once
// KafkaProcess: a process of the Kafka world: the production KafkaLog over a client in memory, and what it
// does with its shards: texts, as turns of one entity; a checkpoint holds all texts of the shard so far.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/kafka_log.hpp"
#include "tests/sim/journal/kafka_bugs.hpp"
#include "tests/sim/journal/kafka_memory.hpp"
#include "tests/sim/journal/log_oracle.hpp"

namespace shoal::sim {

// What the processes of a world share.
struct KafkaSurroundings {
  MemoryKafka& kafka;
  Chance& chance;
  std::vector<LogOracle>& oracles;  // of each shard
  std::vector<journal::Decision>& decisions;
  KafkaBug bug = KafkaBug::none;
  bool has_early_ends = false;
  std::ostream* trace = nullptr;
  std::uint64_t hash = 0xcbf29ce484222325U;
  std::uint64_t owners = 0;

  void note(std::uint64_t number) { hash = (hash ^ number) * 0x100000001b3U; }
};

enum class KafkaStep : std::uint8_t {
  claim,             // the owner decides for itself
  claim_as_decided,  // by a decision of the coordinator made now
  claim_late,        // by one that was made a while ago
  append,
  commit,
  checkpoint,  // begin and end in one commit
  begin_checkpoint,
  end_checkpoint,
  read_again,
  close,
};

class KafkaProcess final : private journal::LogListener {
 public:
  KafkaProcess(KafkaSurroundings& world, std::uint32_t number, std::uint64_t owner);

  // Of one shard, where it makes sense.
  void step(KafkaStep step, std::uint32_t shard);
  // Hears what came; false: nothing.
  bool poll() { return log_->poll(*this); }
  MemoryClient& client() { return *client_; }
  // Nothing is known of the shard, and nothing is under way.
  bool is_idle(std::uint32_t shard) const { return shards_[shard].phase == Phase::none; }
  // Something that was asked for has not come.
  bool waits(std::uint32_t shard) const {
    const Shard& of = shards_[shard];
    return of.reads > 0 || (of.phase != Phase::none && of.phase != Phase::open);
  }
  bool is_open(std::uint32_t shard) const { return shards_[shard].phase == Phase::open; }
  std::uint32_t number() const { return number_; }

 private:
  enum class Phase : std::uint8_t { none, claiming, reading, open, closing };
  struct Shard {
    Phase phase = Phase::none;
    std::optional<journal::Decision> decision;
    std::uint64_t epoch = 0;
    std::uint64_t next = 0;
    Texts texts;                         // with those that do not count yet
    Texts read;                          // so far
    std::uint64_t reads = 0;             // under way
    std::optional<std::uint64_t> begun;  // a checkpoint
  };

  void claimed(const journal::Claimed& outcome) override;
  void claim_refused(const journal::ClaimRefused& outcome) override;
  void counted(const journal::Counted& outcome) override;
  void failed(const journal::Failed& outcome) override;
  void read_chunk(const journal::ReadChunk& chunk) override;
  void read_end(const journal::ReadEnd& outcome) override;
  void shard_closed(journal::LogShard shard) override;
  void disk_full(const std::string&) override {}
  void disk_has_room() override {}

  void claim(std::uint32_t shard, KafkaStep how);
  void append_text(std::uint32_t shard);
  void begin_checkpoint(std::uint32_t shard);
  void end_checkpoint(std::uint32_t shard);
  journal::Sequence put(Shard& shard, std::uint32_t number, const journal::RecordBody& body);
  void say(const std::string& what) const;

  KafkaSurroundings& world_;
  std::uint32_t number_;
  MemoryClient* client_;
  std::unique_ptr<journal::KafkaLog> log_;
  std::vector<Shard> shards_;
  std::uint64_t texts_ = 0;
};

}  // namespace shoal::sim
