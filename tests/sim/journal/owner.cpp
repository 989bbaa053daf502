#include "tests/sim/journal/owner.hpp"

#include <array>
#include <utility>

#include "journal/fields.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::sim {

using namespace journal;

namespace {

// Most commits are written in several pieces.
constexpr std::size_t write_bytes_max = 200;

std::string packed(const Texts& texts) {
  std::string bytes;
  for (const auto& [sequence, text] : texts) {
    std::array<char, 16> numbers;
    store(numbers.data(), sequence);
    store(&numbers[8], std::uint64_t{text.size()});
    bytes.append(numbers.data(), numbers.size()).append(text);
  }
  return bytes;
}

Texts unpacked(std::string_view bytes) {
  Texts texts;
  while (!bytes.empty()) {
    const auto sequence = load<std::uint64_t>(bytes.data());
    const auto size = load<std::uint64_t>(bytes.data() + 8);
    texts[sequence] = bytes.substr(16, size);
    bytes.remove_prefix(16 + size);
  }
  return texts;
}

class TextSink final : public RecordSink {
 public:
  void record(LogShard, std::string_view bytes) override {
    const auto record = decoder_.decode(bytes);
    SHOAL_ASSERT(record.has_value());
    const RecordBody& body = record.value().body;
    if (const auto* turn = std::get_if<Turn>(&body)) {
      texts[record.value().header.sequence.value] = turn->events.front().bytes;
    }
    if (const auto* snapshot = std::get_if<Snapshot>(&body)) {
      Texts before = unpacked(snapshot->state.bytes);
      for (const auto& [sequence, text] : before) texts[sequence] = text;
    }
  }
  Texts texts;

 private:
  RecordDecoder decoder_;
};

}  // namespace

Owner::Owner(Storage& storage, std::uint64_t segment_bytes, std::function<std::uint64_t()> random,
             std::size_t spare_segments_max)
    : storage_(storage),
      options_{OwnerId(random()), {segment_bytes, random, spare_segments_max, write_bytes_max}} {}

Result<void> Owner::open() {
  SHOAL_TRY(log, FileLog::open(storage_, options_));
  log_ = std::move(log);
  return success();
}

std::variant<Claimed, ClaimRefused> Owner::claim(std::uint32_t shard, std::optional<Decision> decision,
                                                 std::uint32_t lease_ms) {
  const auto outcome = log_->claim({type_name, ShardId(shard), decision, lease_ms});
  if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
    shards_[shard] = {claimed->epoch, claimed->next, {}, std::nullopt};
  }
  return outcome;
}

Result<Texts> Owner::read(std::uint32_t shard) {
  SHOAL_TRY(texts, read_through(shard, log_->counted(log_shard(shard))));
  shards_[shard].texts = texts;
  return texts;
}

Result<Texts> Owner::read_through(std::uint32_t shard, Sequence through) {
  SHOAL_TRY(reading, log_->read({{log_shard(shard), shards_.at(shard).epoch, Sequence(0), through}}));
  TextSink sink;
  for (;;) {
    SHOAL_TRY(goes_on, reading->step(sink));
    if (!goes_on) break;
  }
  return sink.texts;
}

Sequence Owner::put(Shard& shard, std::uint32_t number, const RecordBody& body) {
  if (!shard.part) shard.part = buffer_.add_part(log_shard(number), shard.epoch);
  buffer_.append(*shard.part, shard.next, body);
  return Sequence(shard.next.value++);
}

std::uint64_t Owner::append(std::uint32_t number, const std::string& text) {
  Shard& shard = shards_.at(number);
  const std::array events{Event{0, 1, text}};
  Turn turn;
  turn.entity = "e";
  turn.revision = shard.next.value;
  turn.events = events;
  const Sequence sequence = put(shard, number, turn);
  shard.texts[sequence.value] = text;
  return sequence.value;
}

bool Owner::checkpoint_fits(std::uint32_t number) const {
  constexpr std::size_t bytes_beside = 100;
  return packed(shards_.at(number).texts).size() + bytes_beside <= log_->data().commit_bytes_max();
}

void Owner::append_checkpoint(std::uint32_t number) { end_checkpoint(number, begin_checkpoint(number)); }

Sequence Owner::begin_checkpoint(std::uint32_t number) {
  Shard& shard = shards_.at(number);
  const std::string bytes = packed(shard.texts);
  const Sequence begin = put(shard, number, CheckpointBegin{});
  put(shard, number, Snapshot{{"e", begin.value, 1, bytes}, "1"});
  return begin;
}

Sequence Owner::begin_empty_checkpoint(std::uint32_t number) {
  Shard& shard = shards_.at(number);
  shard.texts.clear();
  return put(shard, number, CheckpointBegin{});
}

void Owner::end_checkpoint(std::uint32_t number, Sequence begin) {
  put(shards_.at(number), number, CheckpointEnd{begin});
}

void Owner::append_closed(std::uint32_t number) { put(shards_.at(number), number, Closed{}); }

CommitOutcome Owner::commit() {
  CommitOutcome outcome = log_->commit(buffer_);
  if (outcome.state == CommitState::disk_full) return outcome;
  buffer_.clear();
  for (auto& [number, shard] : shards_) shard.part.reset();
  return outcome;
}

void Owner::set_aside() {
  std::swap(buffer_, aside_);
  for (auto& [number, shard] : shards_) shard.part.reset();
}

CommitOutcome Owner::commit_aside() {
  CommitOutcome outcome = log_->commit(aside_);
  aside_.clear();
  return outcome;
}

}  // namespace shoal::sim
