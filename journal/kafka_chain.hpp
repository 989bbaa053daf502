#pragma once
// KafkaChain: which messages of a partition hold, decided in the order of their offsets. Every reader and
// writer of the Kafka log decides by it. Pure.
//
// A claim holds if its decision may follow that of the last claim that holds (journal/chain.hpp); of two the
// first offset wins. A message of records holds if its epoch is that of the last claim that holds and its
// first sequence follows; the first gap ends the epoch. What does not hold is void, for every reader, for
// ever: it depends on nothing behind it.
//
// Where what is before has been deleted, the first message that is left is one that counts, in which a
// checkpoint begins: it says who owns the shard.

#include <cstdint>
#include <optional>
#include <vector>

#include "journal/chain.hpp"
#include "journal/kafka_message.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

enum class KafkaTaken : std::uint8_t { passed, claim_holds, claim_void, records_hold, records_void };

// Of a checkpoint all of whose records hold.
struct KafkaCheckpoint {
  Sequence begin;
  Offset offset;  // of the message in which it begins
};

class KafkaChain {
 public:
  KafkaChain(const JournalId& journal, LogShard shard) : journal_(journal), shard_(shard) {}

  // The message at this offset. Where it does not follow the last one, what is between has been deleted, and
  // it is taken for the first that is left. refused: another journal's, or no message that can be the first.
  Result<KafkaTaken> take(Offset offset, const KafkaHead& head, const KafkaMarks& marks);

  // The claim that holds and is the newest; none: nobody has owned the shard.
  const std::optional<Claim>& owner() const { return owner_; }
  // Those that hold and of which something is left, the oldest first.
  const std::vector<OwnedEpoch>& epochs() const { return epochs_; }
  // Of the record that would hold next.
  Sequence next() const { return next_; }
  // Of the message that follows; none: none has been taken.
  std::optional<Offset> next_offset() const { return next_offset_; }
  // Of the first message that was left.
  std::optional<Offset> first_offset() const { return first_offset_; }
  // So long after a claim that comes now earlier owners may still answer on their leases.
  std::uint32_t lease_ms() const { return owner_ && !is_closed_ ? owner_->lease_ms : 0; }
  const std::optional<KafkaCheckpoint>& checkpoint() const { return checkpoint_; }
  // Nothing is missing that it takes to recover: not where the log begins with a checkpoint that has no end.
  bool is_whole() const { return !is_cut_ || checkpoint_.has_value(); }

 private:
  struct Begun {
    Sequence sequence;
    Offset offset;
  };

  Result<void> begin(Offset offset, const KafkaHead& head, const KafkaMarks& marks);
  KafkaTaken take_claim(Offset offset, const KafkaHead& head);
  KafkaTaken take_records(Offset offset, const KafkaHead& head, const KafkaMarks& marks);
  void note_marks(Offset offset, const KafkaHead& head, const KafkaMarks& marks);

  JournalId journal_;
  LogShard shard_;
  std::optional<Offset> first_offset_;
  std::optional<Offset> next_offset_;
  std::optional<Claim> owner_;
  std::vector<OwnedEpoch> epochs_;
  Sequence next_{1};
  bool has_gap_ = false;    // the epoch has ended
  bool is_closed_ = false;  // the last record says that its owner has stopped
  bool is_cut_ = false;
  std::vector<Begun> begun_;  // and not ended, of the epoch
  std::optional<KafkaCheckpoint> checkpoint_;
};

// The epoch that a claim at this offset opens.
constexpr Epoch epoch_at(Offset claim) { return Epoch(static_cast<std::uint64_t>(claim.value) + 1); }
constexpr Offset offset_after(Offset offset) { return Offset(offset.value + 1); }

}  // namespace shoal::journal
