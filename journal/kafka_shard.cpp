#include "journal/kafka_shard.hpp"

#include <algorithm>
#include <utility>

#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr const char* claim_is_missing = "its claim was acknowledged, and is not in its topic";
constexpr std::size_t spare_max = 16;

}  // namespace

// --- Claiming -------------------------------------------------------------------------------------

KafkaShard::KafkaShard(KafkaShared& shared, ClaimRequest request, KafkaPlace place, const JournalId& journal)
    : shared_(shared),
      request_(std::move(request)),
      place_(place),
      shard_{type_number(request_.type), request_.shard},
      journal_(journal),
      chain_(journal, shard_) {
  fetch_on();
}

KafkaShard::~KafkaShard() { end(); }

std::string KafkaShard::named(const std::string& what) const {
  return "shard " + std::to_string(shard_.shard.value) + " of " + request_.type + ": " + what;
}

// All that was there has been read: the claim may be made, and what it says is known.
void KafkaShard::send_claim() {
  const auto& owner = chain_.owner();
  Decision decision{0, 1};
  if (owner) decision = {owner->decision.coordinator_epoch, owner->decision.number + 1};
  if (request_.decision) decision = *request_.decision;
  claim_.kind = KafkaMessageKind::claim;
  claim_.journal = journal_;
  claim_.shard = shard_;
  claim_.owner = shared_.options.owner;
  claim_.decision = decision;
  claim_.attempt = shared_.options.random();
  claim_.lease_ms = request_.lease_ms;
  // Seen before it is written, such a claim takes no room.
  if (owner && !may_follow(decision, claim_.owner, *owner)) return refuse_void();
  claim_ticket_ = KafkaTicket(shared_.next_ticket++);
  phase_ = Phase::claiming;
  Message message{claim_ticket_, claim_, {}, false, std::nullopt, std::string(kafka_head_bytes, '\0')};
  seal_kafka_message(claim_, message.bytes);
  ready_.push_back(std::move(message));
  send();
}

void KafkaShard::refuse_void() {
  const Claim& owner = *chain_.owner();
  const bool is_stale = request_.decision && *request_.decision < owner.decision;
  refuse(is_stale ? ClaimRefusal::stale_decision : ClaimRefusal::newer_claim,
         is_stale ? "a newer decision stands in epoch " + std::to_string(owner.epoch.value)
                  : "somebody else claims it, from epoch " + std::to_string(owner.epoch.value) + " on");
}

void KafkaShard::take_for_claim(Offset offset, const KafkaMessage& message) {
  const std::uint32_t earlier_lease_ms = chain_.lease_ms();
  const auto taken = chain_.take(offset, message.head, message.marks);
  if (!taken) return refuse(ClaimRefusal::damaged, taken.error().message);
  if (phase_ != Phase::claiming || message.head.kind != KafkaMessageKind::claim ||
      message.head.attempt != claim_.attempt || message.head.owner != claim_.owner) {
    return miss_claim();
  }
  if (taken.value() == KafkaTaken::claim_void) return refuse_void();
  if (!chain_.is_whole()) {
    return refuse(ClaimRefusal::damaged,
                  "its topic begins with a checkpoint that has no end: something else than the journal has "
                  "deleted what was before; restore the topic");
  }
  if (const Offset known_end = shared_.known_ends[shard_]; offset < known_end) {
    return refuse(
        ClaimRefusal::damaged,
        "its claim is at offset " + std::to_string(offset.value) + " of its topic, which was read up to " +
            std::to_string(known_end.value) +
            " here: the topic was made anew, or has lost what it had acknowledged; stop all hosts of "
            "this journal and start them again to go on with what is there");
  }
  own(earlier_lease_ms);
}

void KafkaShard::claim_written(const KafkaWritten& outcome) {
  if (!outcome.is_acknowledged) {
    return refuse(ClaimRefusal::storage, "its claim was not written: " + std::string(outcome.reason));
  }
  claim_offset_ = outcome.offset;
  if (outcome.offset) return miss_claim();
  // It is there, somewhere: what is fetched anew ends behind it.
  is_last_look_ = true;
  end_fetch();
  fetch_on();
}

// It is found by what it says; where it is said to be, it must be.
void KafkaShard::miss_claim() {
  if (phase_ != Phase::claiming || !claim_offset_ || !chain_.next_offset()) return;
  if (*chain_.next_offset() > *claim_offset_) refuse(ClaimRefusal::storage, claim_is_missing);
}

void KafkaShard::own(std::uint32_t earlier_lease_ms) {
  phase_ = Phase::owned;
  epoch_ = chain_.owner()->epoch;
  next_ = chain_.next();
  committed_ = counted_ = Sequence(next_.value - 1);
  in_flight_.clear();  // the claim, where it was found before it was acknowledged
  end_fetch();
  shared_.outcomes.emplace_back(
      Claimed{shard_, epoch_, claim_.decision, next_, earlier_lease_ms, chain_.epochs()});
  if (chain_.checkpoint() && chain_.checkpoint()->offset > *chain_.first_offset())
    deletable_ = Deletable{chain_.checkpoint()->offset, counted_};
  delete_what_may_go();
}

void KafkaShard::refuse(ClaimRefusal reason, const std::string& what) {
  shared_.outcomes.emplace_back(ClaimRefused{request_.type, request_.shard, reason, named(what)});
  end();
}

// --- Appending ------------------------------------------------------------------------------------

Sequence KafkaShard::append(const RecordBody& body) {
  const Sequence sequence = next_;
  next_ = Sequence(next_.value + 1);
  if (phase_ != Phase::owned) return sequence;
  const std::size_t bytes = encoded_bytes(body);
  if (filling_count_ > 0 && filling_.size() + bytes > kafka_head_bytes + shared_.options.record_bytes_max) {
    finish_message();
  }
  if (filling_count_ == 0 && filling_.capacity() < kafka_head_bytes && !shared_.spare.empty()) {
    filling_ = std::move(shared_.spare.back());
    shared_.spare.pop_back();
  }
  if (filling_count_ == 0) filling_.assign(kafka_head_bytes, '\0');
  const std::size_t at = filling_.size();
  filling_.resize(at + bytes);
  encode({shard_, epoch_, sequence, kind_of(body)}, body, filling_.data() + at);
  note(filling_marks_, sequence, body);
  ++filling_count_;
  shared_.bytes_waiting += bytes;
  return sequence;
}

// What is filled is what comes before `next_`, or before the record that did not fit.
void KafkaShard::finish_message() {
  KafkaHead head = claim_;
  head.kind = KafkaMessageKind::records;
  head.epoch = epoch_;
  head.lease_ms = chain_.owner()->lease_ms;
  head.first = header_of(std::string_view(filling_).substr(kafka_head_bytes))->sequence;
  head.count = filling_count_;
  seal_kafka_message(head, filling_);
  ready_.push_back({KafkaTicket(shared_.next_ticket++), head, filling_marks_, false, std::nullopt,
                    std::exchange(filling_, {})});
  filling_count_ = 0;
  filling_marks_ = {};
}

void KafkaShard::commit() {
  if (phase_ != Phase::owned) return;
  if (filling_count_ > 0) finish_message();
  committed_ = Sequence(next_.value - 1);
  send();
}

void KafkaShard::send() {
  while (!ready_.empty()) {
    Message& message = ready_.front();
    if (!shared_.topics.produce(place_, message.ticket, message.bytes)) {
      shared_.is_blocked = true;
      return;
    }
    if (shared_.spare.size() < spare_max) shared_.spare.push_back(std::move(message.bytes));
    message.bytes = {};
    in_flight_.push_back(std::move(message));
    ready_.pop_front();
  }
}

void KafkaShard::written(const KafkaWritten& outcome) {
  const auto at = std::find_if(in_flight_.begin(), in_flight_.end(),
                               [&](const Message& message) { return message.ticket == outcome.ticket; });
  if (at == in_flight_.end()) return;  // of an epoch that is over, or found already
  if (outcome.ticket == claim_ticket_) {
    in_flight_.erase(at);
    return claim_written(outcome);
  }
  if (!outcome.is_acknowledged) {
    return fail(LogFailure::storage, "what it appended was not written: " + std::string(outcome.reason));
  }
  at->is_acknowledged = true;
  at->offset = outcome.offset;
  settle();
  fetch_on();  // a read may have waited for it
}

// In order, as far as it is clear what counts.
void KafkaShard::settle() {
  while (!in_flight_.empty() && in_flight_.front().is_acknowledged && !wants_look_) {
    const Message& front = in_flight_.front();
    if (judge(Offset(chain_.next_offset()->value - 1), front.offset) == OffsetVerdict::look) {
      wants_look_ = true;
      return fetch_on();
    }
    const auto taken = chain_.take(*front.offset, front.head, front.marks);
    SHOAL_ASSERT(taken.has_value() && taken.value() == KafkaTaken::records_hold);
    count_front();
  }
}

void KafkaShard::count_front() {
  const Message front = std::move(in_flight_.front());
  in_flight_.pop_front();
  counted_ = Sequence(front.head.first.value + front.head.count - 1);
  auto* const last = shared_.outcomes.empty() ? nullptr : std::get_if<Counted>(&shared_.outcomes.back());
  if (last != nullptr && last->shard == shard_ && last->epoch == epoch_) {
    last->through = counted_;
  } else {
    shared_.outcomes.emplace_back(Counted{shard_, epoch_, counted_});
  }
  if (front.marks.ends_checkpoint && chain_.checkpoint() &&
      chain_.checkpoint()->begin == *front.marks.ends_checkpoint) {
    deletable_ = Deletable{chain_.checkpoint()->offset, counted_};
  }
  make_reads_ready();
  delete_what_may_go();
  if (!front.marks.closes) return;
  shared_.outcomes.emplace_back(KafkaShardClosed{shard_});
  end();
}

void KafkaShard::take_for_look(Offset offset, const KafkaMessage& message) {
  const auto taken = chain_.take(offset, message.head, message.marks);
  if (!taken) return fail(LogFailure::damaged, taken.error().message);
  const KafkaHead& wanted = in_flight_.front().head;
  look_on(taken.value() == KafkaTaken::records_hold && message.head.first == wanted.first &&
              message.head.attempt == wanted.attempt,
          false);
}

void KafkaShard::look_on(bool is_found, bool is_at_end) {
  Looked looked;
  looked.is_overtaken = chain_.owner() && chain_.owner()->epoch != epoch_;
  looked.is_found = is_found;
  looked.is_at_end = is_at_end;
  looked.next = *chain_.next_offset();
  looked.acknowledged = in_flight_.front().offset;
  switch (judge(looked)) {
    case LookVerdict::read_on:
      return;
    case LookVerdict::overtaken:
      return fail_overtaken(*chain_.owner());
    case LookVerdict::lost:
      return fail(LogFailure::storage, "what it appended was acknowledged, and is not in its topic");
    case LookVerdict::counts:
      break;
  }
  wants_look_ = false;
  end_fetch();
  count_front();
  settle();
  fetch_on();
}

// An own claim that came late is no other owner: the shard may be claimed again.
void KafkaShard::fail_overtaken(const Claim& newer) {
  const bool is_own = newer.owner == shared_.options.owner;
  fail(is_own ? LogFailure::storage : LogFailure::newer_claim,
       (is_own ? "an earlier claim of this host came late, in epoch " : "it has another owner since epoch ") +
           std::to_string(newer.epoch.value));
}

void KafkaShard::fail(LogFailure reason, const std::string& what) {
  shared_.outcomes.emplace_back(Failed{shard_, epoch_, reason, named(what)});
  end();
}

// --- Reading --------------------------------------------------------------------------------------

void KafkaShard::read(Sequence from) {
  if (phase_ != Phase::owned) return;
  reads_.push_back({from, committed_, false, Offset(0)});
  make_reads_ready();
  fetch_on();
}

// From the last checkpoint that there is now, when all that is asked for counts and nothing later is known.
void KafkaShard::make_reads_ready() {
  for (ReadOrder& order : reads_) {
    if (order.is_ready || order.through > counted_) continue;
    order.is_ready = true;
    if (!chain_.checkpoint()) continue;
    order.first = std::max(order.first, chain_.checkpoint()->begin);
    order.start = chain_.checkpoint()->offset;
  }
}

void KafkaShard::begin_read() {
  const ReadOrder& order = reads_.front();
  reading_.emplace(Reading{KafkaChain(journal_, shard_), order.start, "", 0, 0});
}

void KafkaShard::take_for_read(Offset offset, const KafkaMessage& message) {
  const ReadOrder& order = reads_.front();
  if (offset != reading_->expected) {
    // Only a newer owner deletes what this one still reads.
    const bool is_newer = message.head.epoch > epoch_ && message.head.owner != shared_.options.owner;
    return fail(
        is_newer ? LogFailure::newer_claim : LogFailure::damaged,
        "the message at offset " + std::to_string(reading_->expected.value) + " is not there any more");
  }
  reading_->expected = offset_after(offset);
  const auto taken = reading_->chain.take(offset, message.head, message.marks);
  if (!taken) return fail(LogFailure::damaged, taken.error().message);
  if (taken.value() == KafkaTaken::records_hold) {
    std::string_view rest = message.records;
    while (const std::optional<std::string_view> record = take_record(rest)) {
      const Sequence sequence = header_of(*record)->sequence;
      if (sequence < order.first || sequence > order.through) continue;
      reading_->bytes += *record;
      ++reading_->records;
      ++reading_->records_total;
    }
  }
  read_on();
}

void KafkaShard::read_on() {
  const bool is_done = reading_->chain.next() > reads_.front().through;
  if (reading_->bytes.size() >= shared_.options.chunk_bytes || (is_done && reading_->records > 0)) {
    if (shared_.chunks_out >= shared_.options.chunks_out_max) {
      if (is_held_) return;
      is_held_ = true;
      shared_.topics.hold(place_);
      shared_.to_hand_over.push_back(this);
      return;
    }
    ++shared_.chunks_out;
    ReadChunk chunk{shard_, {}, std::exchange(reading_->records, 0), 0};
    shared_.outcomes.emplace_back(KafkaChunkOut{chunk, std::exchange(reading_->bytes, {})});
  }
  if (!is_done) return;
  shared_.outcomes.emplace_back(ReadEnd{shard_, reading_->records_total});
  reading_.reset();
  reads_.pop_front();
  end_fetch();
  delete_what_may_go();
  fetch_on();
}

void KafkaShard::hand_over() {
  is_held_ = false;
  shared_.topics.go_on(place_);
  read_on();
}

void KafkaShard::delete_what_may_go() {
  if (!deletable_) return;
  const bool is_held = std::any_of(reads_.begin(), reads_.end(), [this](const ReadOrder& order) {
    return order.through < deletable_->through;
  });
  if (is_held) return;
  if (deletable_->before.value > 0) shared_.topics.delete_before(place_, deletable_->before);
  deletable_.reset();
}

// --- Fetching -------------------------------------------------------------------------------------

KafkaShard::Fetching KafkaShard::wanted() const {
  if (phase_ == Phase::scanning || phase_ == Phase::claiming) return Fetching::claim;
  if (phase_ != Phase::owned) return Fetching::nothing;
  if (wants_look_) return Fetching::look;
  return !reads_.empty() && reads_.front().is_ready ? Fetching::read : Fetching::nothing;
}

void KafkaShard::fetch_on() {
  if (fetching_ != Fetching::nothing || is_queued_) return;
  // Nothing to be read needs no fetch.
  while (wanted() == Fetching::read && reads_.front().first > reads_.front().through) {
    shared_.outcomes.emplace_back(ReadEnd{shard_, 0});
    reads_.pop_front();
    delete_what_may_go();
  }
  if (wanted() == Fetching::nothing) return;
  if (shared_.fetches < shared_.options.fetches_max) return start_fetch();
  is_queued_ = true;
  // What others wait for that was appended comes first.
  const auto place = wants_look_ ? shared_.to_fetch.begin() : shared_.to_fetch.end();
  shared_.to_fetch.insert(place, this);
}

void KafkaShard::start_fetch() {
  is_queued_ = false;
  fetching_ = wanted();
  if (fetching_ == Fetching::nothing) return;
  ++shared_.fetches;
  if (fetching_ == Fetching::read) begin_read();
  const auto from =
      fetching_ == Fetching::read ? std::optional<Offset>(reading_->expected) : chain_.next_offset();
  shared_.topics.fetch(place_, from);
}

void KafkaShard::end_fetch() {
  if (fetching_ == Fetching::nothing) return;
  shared_.topics.stop(place_);
  fetching_ = Fetching::nothing;
  is_held_ = false;
  --shared_.fetches;
}

void KafkaShard::fetched(Offset offset, std::string_view bytes) {
  if (fetching_ == Fetching::nothing) return;
  const auto message = decode_kafka_message(bytes);
  if (!message) {
    return fetch_failed("offset " + std::to_string(offset.value) +
                        " of its topic: " + message.error().message);
  }
  if (fetching_ == Fetching::claim) return take_for_claim(offset, message.value());
  if (fetching_ == Fetching::look) return take_for_look(offset, message.value());
  take_for_read(offset, message.value());
}

void KafkaShard::fetched_all() {
  switch (fetching_) {
    case Fetching::nothing:
      return;
    case Fetching::claim:
      if (phase_ == Phase::scanning) return send_claim();
      if (is_last_look_) refuse(ClaimRefusal::storage, claim_is_missing);
      return;
    case Fetching::look:
      return look_on(false, true);
    case Fetching::read:
      return fail(LogFailure::damaged,
                  "record " + std::to_string(reading_->chain.next().value) + " is missing in its topic");
  }
}

void KafkaShard::fetch_failed(const std::string& message) {
  if (phase_ == Phase::owned) return fail(LogFailure::damaged, message);
  if (phase_ != Phase::over) refuse(ClaimRefusal::damaged, message);
}

// Nothing more comes of the shard.
void KafkaShard::end() {
  phase_ = Phase::over;
  Offset& known_end = shared_.known_ends[shard_];
  known_end = std::max(known_end, chain_.next_offset().value_or(Offset(0)));
  end_fetch();
  std::erase(shared_.to_fetch, this);
  std::erase(shared_.to_hand_over, this);
  is_queued_ = false;
  if (filling_count_ > 0) shared_.bytes_waiting -= filling_.size() - kafka_head_bytes;
  for (const Message& message : ready_) shared_.bytes_waiting -= message.bytes.size() - kafka_head_bytes;
  filling_count_ = 0;
  ready_.clear();
  in_flight_.clear();
  reads_.clear();
  reading_.reset();
  deletable_.reset();
}

}  // namespace shoal::journal
