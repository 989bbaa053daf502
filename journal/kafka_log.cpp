#include "journal/kafka_log.hpp"

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::journal {

KafkaLog::KafkaLog(std::unique_ptr<KafkaTopics> topics, KafkaLogOptions options)
    : options_(std::move(options)), topics_(std::move(topics)), shared_(*topics_, options_) {}

KafkaLog::~KafkaLog() = default;

// --- What the lane asks for -----------------------------------------------------------------------

void KafkaLog::claim(ClaimRequest request) {
  const LogShard shard{type_number(request.type), request.shard};
  SHOAL_ASSERT(!shards_.contains(shard));
  claims_.push_back(std::move(request));
  const std::size_t before = shared_.outcomes.size();
  start_claims();
  wake_for(before);
}

// Those whose topic is known to be as it must.
void KafkaLog::start_claims() {
  for (auto at = claims_.begin(); at != claims_.end();) {
    const auto journal = options_.journal_of(at->type);
    if (!journal) {
      ++at;
      continue;
    }
    start(std::move(*at), *journal);
    at = claims_.erase(at);
  }
}

void KafkaLog::start(ClaimRequest request, const JournalId& journal) {
  const TypeNumber number = type_number(request.type);
  const auto known = types_.emplace(number, request.type).first;
  if (known->second != request.type) {
    shared_.outcomes.emplace_back(
        ClaimRefused{request.type, request.shard, ClaimRefusal::damaged,
                     "the type names " + request.type + " and " + known->second +
                         " have the same number in the journal: give one of them another name"});
    return;
  }
  const LogShard shard{number, request.shard};
  const KafkaPlace place = topics_->open(request.type, request.shard);
  auto made = std::make_unique<KafkaShard>(shared_, std::move(request), place, journal);
  by_place_[place] = made.get();
  shards_[shard] = {place, std::move(made)};
}

KafkaShard& KafkaLog::shard_of(LogShard shard) {
  const auto at = shards_.find(shard);
  SHOAL_ASSERT(at != shards_.end());
  return *at->second.shard;
}

void KafkaLog::read(LogShard shard, Sequence from) {
  const std::size_t before = shared_.outcomes.size();
  shard_of(shard).read(from);
  wake_for(before);
}

void KafkaLog::give_back(const ReadChunk& chunk) {
  chunks_.erase(chunk.id);
  --shared_.chunks_out;
  const std::size_t before = shared_.outcomes.size();
  while (!shared_.to_hand_over.empty() && shared_.chunks_out < options_.chunks_out_max) {
    KafkaShard* const next = shared_.to_hand_over.front();
    shared_.to_hand_over.erase(shared_.to_hand_over.begin());
    next->hand_over();
  }
  wake_for(before);
}

Sequence KafkaLog::append(LogShard shard, const RecordBody& body) {
  KafkaShard& own = shard_of(shard);
  if (!own.has_appended()) appended_.push_back(shard);
  return own.append(body);
}

void KafkaLog::commit() {
  for (const LogShard shard : appended_) {
    const auto at = shards_.find(shard);
    if (at != shards_.end()) at->second.shard->commit();
  }
  appended_.clear();
}

bool KafkaLog::has_room() const {
  return !is_away_ && !shared_.is_blocked && shared_.bytes_waiting < options_.append_bytes_max;
}

void KafkaLog::close(LogShard shard) {
  append(shard, Closed{});
  commit();
}

// --- What came of it ------------------------------------------------------------------------------

bool KafkaLog::poll(LogListener& listener) {
  start_claims();
  const bool came = topics_->poll(*this);
  go_on();
  delivering_.swap(shared_.outcomes);
  for (KafkaOutcome& outcome : delivering_) deliver(outcome, listener);
  const bool has_delivered = !delivering_.empty();
  delivering_.clear();
  return came || has_delivered;
}

// With what had to wait for others.
void KafkaLog::go_on() {
  while (shared_.fetches < options_.fetches_max && !shared_.to_fetch.empty()) {
    KafkaShard* const next = shared_.to_fetch.front();
    shared_.to_fetch.pop_front();
    next->start_fetch();
  }
  if (!std::exchange(shared_.is_blocked, false)) return;
  for (const auto& [shard, entry] : shards_) entry.shard->send();
}

void KafkaLog::wake_for(std::size_t outcomes_before) {
  if (outcomes_before == 0 && !shared_.outcomes.empty()) options_.wake();
}

void KafkaLog::forget(LogShard shard) {
  const auto at = shards_.find(shard);
  if (at == shards_.end()) return;
  by_place_.erase(at->second.place);
  shards_.erase(at);
}

void KafkaLog::deliver(KafkaOutcome& outcome, LogListener& listener) {
  if (const auto* claimed = std::get_if<Claimed>(&outcome)) return listener.claimed(*claimed);
  if (const auto* refused = std::get_if<ClaimRefused>(&outcome)) {
    forget({type_number(refused->type), refused->shard});
    return listener.claim_refused(*refused);
  }
  if (const auto* counted = std::get_if<Counted>(&outcome)) return listener.counted(*counted);
  if (const auto* failed = std::get_if<Failed>(&outcome)) {
    forget(failed->shard);
    return listener.failed(*failed);
  }
  if (auto* out = std::get_if<KafkaChunkOut>(&outcome)) {
    out->chunk.id = next_chunk_id_++;
    const std::string& bytes = chunks_[out->chunk.id] = std::move(out->bytes);
    out->chunk.bytes = bytes;
    return listener.read_chunk(out->chunk);
  }
  if (const auto* end = std::get_if<ReadEnd>(&outcome)) return listener.read_end(*end);
  if (const auto* closed = std::get_if<KafkaShardClosed>(&outcome)) {
    forget(closed->shard);
    return listener.shard_closed(closed->shard);
  }
  if (const auto* held = std::get_if<KafkaHeld>(&outcome)) return listener.disk_full(held->message);
  listener.disk_has_room();
}

// --- What Kafka says ------------------------------------------------------------------------------

KafkaShard* KafkaLog::shard_at(KafkaPlace place) const {
  const auto at = by_place_.find(place);
  return at == by_place_.end() ? nullptr : at->second;
}

void KafkaLog::written(const KafkaWritten& outcome) {
  shared_.bytes_waiting -= outcome.bytes - kafka_head_bytes;
  if (outcome.is_acknowledged || shared_.bytes_waiting == 0) broker_answers();
  if (KafkaShard* const shard = shard_at(outcome.place)) shard->written(outcome);
}

void KafkaLog::fetched(KafkaPlace place, Offset offset, std::string_view bytes) {
  broker_answers();
  if (KafkaShard* const shard = shard_at(place)) shard->fetched(offset, bytes);
}

void KafkaLog::fetched_all(KafkaPlace place) {
  broker_answers();
  if (KafkaShard* const shard = shard_at(place)) shard->fetched_all();
}

void KafkaLog::fetch_failed(KafkaPlace place, const std::string& message) {
  if (KafkaShard* const shard = shard_at(place)) shard->fetch_failed(message);
}

// Where nothing waits, the next thing that is appended finds out.
void KafkaLog::broker_away(const std::string& message) {
  if (is_away_ || shared_.bytes_waiting == 0) return;
  is_away_ = true;
  shared_.outcomes.emplace_back(KafkaHeld{message});
}

void KafkaLog::broker_answers() {
  if (!is_away_) return;
  is_away_ = false;
  shared_.outcomes.emplace_back(KafkaGoesOn{});
}

}  // namespace shoal::journal
