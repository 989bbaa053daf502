#include "tests/sim/journal/kafka_process.hpp"

#include <array>
#include <ostream>
#include <utility>

#include "journal/fields.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::sim {

using namespace journal;

namespace {

constexpr std::size_t kafka_record_bytes_max = 16 * 1024;

std::string in_one_state(const Texts& texts) {
  std::string bytes;
  for (const auto& [sequence, text] : texts) {
    std::array<char, 16> numbers;
    store(numbers.data(), sequence);
    store(&numbers[8], std::uint64_t{text.size()});
    bytes.append(numbers.data(), numbers.size()).append(text);
  }
  return bytes;
}

void add_state(std::string_view bytes, Texts& texts) {
  while (!bytes.empty()) {
    const auto sequence = load<std::uint64_t>(bytes.data());
    const auto size = load<std::uint64_t>(bytes.data() + 8);
    texts[sequence] = bytes.substr(16, size);
    bytes.remove_prefix(16 + size);
  }
}

LogShard list_shard(std::uint32_t shard) { return {type_number(type_name), ShardId(shard)}; }

}  // namespace

KafkaProcess::KafkaProcess(KafkaSurroundings& world, std::uint32_t number, std::uint64_t owner)
    : world_(world), number_(number), shards_(world.oracles.size()) {
  auto client = std::make_unique<MemoryClient>(world.kafka, world.chance, world.has_early_ends);
  client_ = client.get();
  KafkaLogOptions options;
  options.owner = OwnerId(owner);
  options.random = [this, next = std::uint64_t{0}]() mutable { return number_ * 1'000 + ++next; };
  options.journal_of = [](const std::string&) { return std::optional<JournalId>(JournalId{7}); };
  options.record_bytes_max = kafka_record_bytes_max;
  options.chunk_bytes = 200;
  options.chunks_out_max = 2;
  options.fetches_max = 1;
  options.append_bytes_max = 4 * kafka_record_bytes_max;
  options.wake = [] {};
  log_ = std::make_unique<KafkaLog>(spoiled(std::move(client), world.bug, options.owner), std::move(options));
}

void KafkaProcess::say(const std::string& what) const {
  if (world_.trace != nullptr) *world_.trace << number_ << " " << what << "\n";
}

void KafkaProcess::step(KafkaStep step, std::uint32_t number) {
  Shard& shard = shards_[number];
  if (step <= KafkaStep::claim_late) {
    if (shard.phase == Phase::none) claim(number, step);
    return;
  }
  if (shard.phase != Phase::open || !log_->has_room()) return;
  switch (step) {
    case KafkaStep::append:
      return append_text(number);
    case KafkaStep::commit:
      return log_->commit();
    case KafkaStep::checkpoint:
      if (!shard.begun) begin_checkpoint(number);
      end_checkpoint(number);
      return log_->commit();
    case KafkaStep::begin_checkpoint:
      if (!shard.begun) begin_checkpoint(number);
      return;
    case KafkaStep::end_checkpoint:
      end_checkpoint(number);
      return;
    case KafkaStep::read_again:
      if (shard.reads > 0) return;
      ++shard.reads;
      shard.read.clear();
      return log_->read(list_shard(number), Sequence(1));
    default:
      shard.phase = Phase::closing;
      return log_->close(list_shard(number));
  }
}

void KafkaProcess::claim(std::uint32_t number, KafkaStep how) {
  Shard& shard = shards_[number];
  shard = {};
  shard.phase = Phase::claiming;
  std::vector<Decision>& decisions = world_.decisions;
  if (how == KafkaStep::claim_late && !decisions.empty()) {
    shard.decision = decisions[world_.chance.below(decisions.size())];
  } else if (how != KafkaStep::claim) {
    decisions.push_back({decisions.size() + 1, 1});
    shard.decision = decisions.back();
  }
  const bool is_asked = world_.bug != KafkaBug::takes_stale_decisions;
  log_->claim({type_name, ShardId(number), is_asked ? shard.decision : std::nullopt});
}

Sequence KafkaProcess::put(Shard& shard, std::uint32_t number, const RecordBody& body) {
  const Sequence sequence = log_->append(list_shard(number), body);
  SHOAL_ASSERT(sequence.value == shard.next);
  ++shard.next;
  return sequence;
}

void KafkaProcess::append_text(std::uint32_t number) {
  Shard& shard = shards_[number];
  std::string text = std::to_string(number_) + "." + std::to_string(++texts_) + " ";
  text.append(texts_ % 4 * 20, 'x');
  world_.oracles[number].tried(shard.epoch, shard.next, text);
  shard.texts[shard.next] = text;
  const std::array events{Event{0, 1, text}};
  Turn turn;
  turn.entity = "e";
  turn.revision = shard.next;
  turn.events = events;
  put(shard, number, turn);
}

void KafkaProcess::begin_checkpoint(std::uint32_t number) {
  Shard& shard = shards_[number];
  const std::string bytes = in_one_state(shard.texts);
  shard.begun = put(shard, number, CheckpointBegin{}).value;
  put(shard, number, Snapshot{{"e", *shard.begun, 1, bytes}, "1"});
}

void KafkaProcess::end_checkpoint(std::uint32_t number) {
  Shard& shard = shards_[number];
  if (!shard.begun) return;
  put(shard, number, CheckpointEnd{Sequence(*shard.begun)});
  shard.begun.reset();
}

void KafkaProcess::claimed(const Claimed& outcome) {
  const std::uint32_t number = outcome.shard.shard.value;
  Shard& shard = shards_[number];
  shard.phase = Phase::reading;
  shard.epoch = outcome.epoch.value;
  shard.next = outcome.next.value;
  ++world_.owners;
  world_.note(outcome.epoch.value);
  world_.note(outcome.next.value);
  say("owns shard " + std::to_string(number) + " in epoch " + std::to_string(shard.epoch) + " from " +
      std::to_string(shard.next));
  world_.oracles[number].claimed(shard.epoch, number_, shard.decision);
  shard.reads = 1;
  log_->read(outcome.shard, Sequence(1));
}

void KafkaProcess::claim_refused(const ClaimRefused& outcome) {
  world_.note(static_cast<std::uint64_t>(outcome.reason));
  say("is refused: " + outcome.message);
  if (outcome.reason == ClaimRefusal::damaged) {
    world_.oracles[outcome.shard.value].breach("a claim is refused: " + outcome.message);
  }
  shards_[outcome.shard.value] = {};
}

void KafkaProcess::counted(const Counted& outcome) {
  world_.note(outcome.through.value);
  say("counts in shard " + std::to_string(outcome.shard.shard.value) + " through " +
      std::to_string(outcome.through.value));
  world_.oracles[outcome.shard.shard.value].counted(outcome.epoch.value, outcome.through.value);
}

void KafkaProcess::failed(const Failed& outcome) {
  world_.note(static_cast<std::uint64_t>(outcome.reason));
  say("has lost: " + outcome.message);
  // An end that is shown too early looks like a record that is missing, to who reads.
  if (outcome.reason == LogFailure::damaged && !world_.has_early_ends &&
      world_.oracles[outcome.shard.shard.value].newest_epoch() == outcome.epoch.value) {
    world_.oracles[outcome.shard.shard.value].breach("what counts cannot be read: " + outcome.message);
  }
  shards_[outcome.shard.shard.value] = {};
}

void KafkaProcess::read_chunk(const ReadChunk& chunk) {
  Shard& shard = shards_[chunk.shard.shard.value];
  std::string_view rest = chunk.bytes;
  RecordDecoder decoder;
  while (const auto bytes = take_record(rest)) {
    const auto record = decoder.decode(*bytes);
    SHOAL_ASSERT(record.has_value());
    const RecordBody& body = record.value().body;
    if (const auto* turn = std::get_if<Turn>(&body)) {
      shard.read[record.value().header.sequence.value] = turn->events.front().bytes;
    }
    if (const auto* snapshot = std::get_if<Snapshot>(&body)) add_state(snapshot->state.bytes, shard.read);
  }
  log_->give_back(chunk);
}

void KafkaProcess::read_end(const ReadEnd& outcome) {
  Shard& shard = shards_[outcome.shard.shard.value];
  --shard.reads;
  world_.oracles[outcome.shard.shard.value].read(shard.epoch, shard.read);
  if (shard.phase != Phase::reading) return;
  shard.phase = Phase::open;
  shard.texts = shard.read;
}

void KafkaProcess::shard_closed(LogShard shard) { shards_[shard.shard.value] = {}; }

}  // namespace shoal::sim
