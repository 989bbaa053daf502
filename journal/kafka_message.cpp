#include "journal/kafka_message.hpp"

#include <cstring>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr std::uint32_t kafka_magic = 0x4c4b4853;  // "SHKL"
constexpr std::uint32_t kafka_version = 1;
constexpr std::size_t kafka_sum_at = 4;
constexpr std::size_t kafka_summed_from = 8;
constexpr std::size_t kafka_version_at = 8;
constexpr std::size_t kafka_kind_at = 12;
constexpr std::size_t kafka_journal_at = 16;
constexpr std::size_t kafka_type_at = 32;
constexpr std::size_t kafka_shard_at = 36;
constexpr std::size_t kafka_epoch_at = 40;
constexpr std::size_t kafka_owner_at = 48;
constexpr std::size_t kafka_coordinator_epoch_at = 56;
constexpr std::size_t kafka_number_at = 64;
constexpr std::size_t kafka_attempt_at = 72;
constexpr std::size_t kafka_first_at = 80;
constexpr std::size_t kafka_count_at = 88;
constexpr std::size_t kafka_lease_at = 92;

Error not_ours(const char* what) { return error(ErrorCode::refused, std::string("a message ") + what); }

// The begin that an end names; decoding an end allocates nothing.
Result<Sequence> begin_of(std::string_view end) {
  FieldReader reader(end.substr(record_header_bytes));
  const Sequence begin(reader.number());
  if (!reader.ok() || !reader.at_end()) return not_ours("has a checkpoint's end that names no begin");
  return begin;
}

// Each is as long as it says, of this epoch, and follows the one before it.
Result<void> look_through(KafkaMessage& message) {
  std::string_view rest = message.records;
  Sequence expected = message.head.first;
  std::uint32_t count = 0;
  while (!rest.empty()) {
    const std::size_t length = length_at(rest);
    if (length == 0 || length > rest.size()) return not_ours("has a record that is cut short");
    const std::string_view record = rest.substr(0, length);
    rest.remove_prefix(length);
    const std::optional<RecordHeader> header = header_of(record);
    if (!header) return unknown_kind();
    if (header->epoch != message.head.epoch || header->shard != message.head.shard ||
        header->sequence != expected) {
      return not_ours("has a record that is not of its epoch, shard and sequence");
    }
    if (header->kind == RecordKind::checkpoint_begin) message.marks.begins_checkpoint = expected;
    if (header->kind == RecordKind::checkpoint_end) {
      SHOAL_TRY(begin, begin_of(record));
      message.marks.ends_checkpoint = begin;
    }
    if (header->kind == RecordKind::closed) message.marks.closes = true;
    expected = Sequence(expected.value + 1);
    ++count;
  }
  if (count != message.head.count) return not_ours("has not as many records as it says");
  return success();
}

}  // namespace

void note(KafkaMarks& marks, Sequence sequence, const RecordBody& body) {
  if (std::holds_alternative<CheckpointBegin>(body)) marks.begins_checkpoint = sequence;
  if (const auto* end = std::get_if<CheckpointEnd>(&body)) marks.ends_checkpoint = end->begin;
  if (std::holds_alternative<Closed>(body)) marks.closes = true;
}

void seal_kafka_message(const KafkaHead& head, std::string& message) {
  SHOAL_ASSERT(message.size() >= kafka_head_bytes);
  char* const to = message.data();
  store(to, kafka_magic);
  store(to + kafka_version_at, kafka_version);
  store(to + kafka_kind_at, static_cast<std::uint32_t>(head.kind));
  std::memcpy(to + kafka_journal_at, head.journal.data(), head.journal.size());
  store(to + kafka_type_at, head.shard.type.value);
  store(to + kafka_shard_at, head.shard.shard.value);
  store(to + kafka_epoch_at, head.epoch.value);
  store(to + kafka_owner_at, head.owner.value);
  store(to + kafka_coordinator_epoch_at, head.decision.coordinator_epoch);
  store(to + kafka_number_at, head.decision.number);
  store(to + kafka_attempt_at, head.attempt);
  store(to + kafka_first_at, head.first.value);
  store(to + kafka_count_at, head.count);
  store(to + kafka_lease_at, head.lease_ms);
  store(to + kafka_sum_at, crc32c(std::string_view(message).substr(kafka_summed_from)));
}

Result<KafkaMessage> decode_kafka_message(std::string_view bytes) {
  const char* const from = bytes.data();
  if (bytes.size() < kafka_head_bytes || load<std::uint32_t>(from) != kafka_magic) {
    return not_ours("is not one of a journal: somebody else writes to the topic");
  }
  if (load<std::uint32_t>(from + kafka_sum_at) != crc32c(bytes.substr(kafka_summed_from))) {
    return not_ours("is damaged: its checksum is another one");
  }
  if (load<std::uint32_t>(from + kafka_version_at) != kafka_version) {
    return not_ours("is of another version of the journal: run the version that wrote it");
  }
  KafkaMessage message;
  KafkaHead& head = message.head;
  const auto kind = load<std::uint32_t>(from + kafka_kind_at);
  if (kind < 1 || kind > 3) return not_ours("is of a kind that this version does not know");
  head.kind = static_cast<KafkaMessageKind>(kind);
  std::memcpy(head.journal.data(), from + kafka_journal_at, head.journal.size());
  head.shard = {TypeNumber(load<std::uint32_t>(from + kafka_type_at)),
                ShardId(load<std::uint32_t>(from + kafka_shard_at))};
  head.epoch = Epoch(load<std::uint64_t>(from + kafka_epoch_at));
  head.owner = OwnerId(load<std::uint64_t>(from + kafka_owner_at));
  head.decision = {load<std::uint64_t>(from + kafka_coordinator_epoch_at),
                   load<std::uint64_t>(from + kafka_number_at)};
  head.attempt = load<std::uint64_t>(from + kafka_attempt_at);
  head.first = Sequence(load<std::uint64_t>(from + kafka_first_at));
  head.count = load<std::uint32_t>(from + kafka_count_at);
  head.lease_ms = load<std::uint32_t>(from + kafka_lease_at);
  message.records = bytes.substr(kafka_head_bytes);
  const bool has_records = head.kind == KafkaMessageKind::records;
  if (has_records != (head.count > 0)) return not_ours("has records that its kind does not have");
  SHOAL_TRYV(look_through(message));
  return message;
}

}  // namespace shoal::journal
