#pragma once
// KafkaMessage: what one message of a shard's partition says, as KAFKA.md has it byte by byte. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/ids.hpp"
#include "journal/record.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr std::size_t kafka_head_bytes = 96;

// The numbers stand in topics: none is given a second meaning.
enum class KafkaMessageKind : std::uint32_t {
  identity = 1,  // which journal the topic is, where partition 0 has nothing else yet
  claim = 2,     // opens an epoch, if its decision may follow the last claim's
  records = 3,   // of one commit of one epoch
};

// What stands before the records. A message of records says again whose claim it belongs to, so that whatever
// is deleted, what is left tells who owns the shard, and how long it may answer.
struct KafkaHead {
  KafkaMessageKind kind = KafkaMessageKind::records;
  JournalId journal{};
  LogShard shard;
  Epoch epoch;  // records: their claim's
  OwnerId owner;
  Decision decision;
  std::uint64_t attempt = 0;  // tells claims of one owner apart
  Sequence first;             // records: of the first of them
  std::uint32_t count = 0;
  std::uint32_t lease_ms = 0;  // as in Claim; in a claim itself its owner's alone
  friend bool operator==(const KafkaHead&, const KafkaHead&) = default;
};

// What of its records matters beyond their number.
struct KafkaMarks {
  std::optional<Sequence> begins_checkpoint;  // the last that begins here
  std::optional<Sequence> ends_checkpoint;    // of the last that ends here, its begin
  bool closes = false;
  friend bool operator==(const KafkaMarks&, const KafkaMarks&) = default;
};

// Takes in a record that the message has.
void note(KafkaMarks& marks, Sequence sequence, const RecordBody& body);

struct KafkaMessage {
  KafkaHead head;
  KafkaMarks marks;
  std::string_view records;  // iterate with take_record
};

// Writes the head before what `message` holds from kafka_head_bytes on, with the sum over all. Requires: it
// has room for the head.
void seal_kafka_message(const KafkaHead& head, std::string& message);

// The views live as long as `bytes`. refused: it is not what a journal writes, or it is damaged.
Result<KafkaMessage> decode_kafka_message(std::string_view bytes);

}  // namespace shoal::journal
