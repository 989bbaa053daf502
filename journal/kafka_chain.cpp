#include "journal/kafka_chain.hpp"

#include <algorithm>
#include <string>

namespace shoal::journal {
namespace {

Claim claim_of(const KafkaHead& head, Epoch epoch) {
  Claim claim;
  claim.shard = head.shard;
  claim.epoch = epoch;
  claim.owner = head.owner;
  claim.decision = head.decision;
  claim.lease_ms = head.lease_ms;
  return claim;
}

Error at_offset(Offset offset, const std::string& what) {
  return error(ErrorCode::refused, "the message at offset " + std::to_string(offset.value) + " " + what);
}

}  // namespace

Result<KafkaTaken> KafkaChain::take(Offset offset, const KafkaHead& head, const KafkaMarks& marks) {
  const bool is_identity = head.kind == KafkaMessageKind::identity;
  if (!is_identity && head.journal != journal_) {
    return at_offset(offset, "is of another journal: name that one's topics, or empty these");
  }
  if (head.shard != shard_) return at_offset(offset, "is of another type or shard");
  if (next_offset_ != offset) SHOAL_TRYV(begin(offset, head, marks));
  next_offset_ = offset_after(offset);
  switch (head.kind) {
    case KafkaMessageKind::identity:
      return KafkaTaken::passed;
    case KafkaMessageKind::claim:
      return take_claim(offset, head);
    case KafkaMessageKind::records:
      return take_records(offset, head, marks);
  }
  return KafkaTaken::passed;
}

Result<void> KafkaChain::begin(Offset offset, const KafkaHead& head, const KafkaMarks& marks) {
  *this = KafkaChain(journal_, shard_);
  first_offset_ = offset;
  if (offset.value == 0) return success();
  if (head.kind != KafkaMessageKind::records || !marks.begins_checkpoint) {
    return at_offset(offset,
                     "is the first that is left, and no checkpoint begins in it: something else than the "
                     "journal has deleted what was before; restore the topic");
  }
  owner_ = claim_of(head, head.epoch);
  next_ = head.first;
  epochs_.push_back({head.epoch, head.owner, next_, next_});
  is_cut_ = true;
  return success();
}

KafkaTaken KafkaChain::take_claim(Offset offset, const KafkaHead& head) {
  if (owner_ && !may_follow(head.decision, head.owner, *owner_)) return KafkaTaken::claim_void;
  const std::uint32_t earlier_ms = lease_ms();
  owner_ = claim_of(head, epoch_at(offset));
  owner_->lease_ms = std::max(owner_->lease_ms, earlier_ms);
  epochs_.push_back({owner_->epoch, owner_->owner, next_, next_});
  has_gap_ = false;
  is_closed_ = false;
  begun_.clear();
  return KafkaTaken::claim_holds;
}

KafkaTaken KafkaChain::take_records(Offset offset, const KafkaHead& head, const KafkaMarks& marks) {
  if (!owner_ || head.epoch != owner_->epoch || has_gap_) return KafkaTaken::records_void;
  if (head.first != next_) {
    has_gap_ = head.first > next_;
    return KafkaTaken::records_void;
  }
  next_ = Sequence(head.first.value + head.count);
  epochs_.back().end = next_;
  is_closed_ = marks.closes;
  note_marks(offset, head, marks);
  return KafkaTaken::records_hold;
}

void KafkaChain::note_marks(Offset offset, const KafkaHead& head, const KafkaMarks& marks) {
  if (marks.ends_checkpoint) {
    const Sequence begin = *marks.ends_checkpoint;
    if (begin >= head.first) checkpoint_ = KafkaCheckpoint{begin, offset};
    for (const Begun& begun : begun_) {
      if (begun.sequence == begin) checkpoint_ = KafkaCheckpoint{begin, begun.offset};
    }
    begun_.clear();
  }
  if (!marks.begins_checkpoint || marks.begins_checkpoint == marks.ends_checkpoint) return;
  // A checkpoint that begins anew makes the one before it moot.
  begun_.assign(1, {*marks.begins_checkpoint, offset});
}

}  // namespace shoal::journal
