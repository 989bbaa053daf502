#pragma once
// Records as bytes: FORMAT.md. Pure; encoding allocates nothing, decoding nothing once warm.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "journal/record.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

class FieldReader;

inline constexpr std::size_t record_header_bytes = 36;
inline constexpr std::size_t record_sum_at = 4;  // in the header

// With the header.
std::size_t encoded_bytes(const RecordBody& body);
// At least encoded_bytes(body), for less work: every number counts as its longest.
std::size_t encoded_bytes_max(const RecordBody& body);

// Writes encoded_bytes(body) bytes, which it gives, without their checksum: record_sums puts that in.
// Requires: header.kind is the body's.
std::size_t encode(const RecordHeader& header, const RecordBody& body, char* to);

// The length that the first four bytes say; 0 where fewer are there, or it cannot be one.
std::size_t length_at(std::string_view bytes);
// Requires: the sum holds, or has been seen to. None: a kind that this version does not know.
std::optional<RecordHeader> header_of(std::string_view record);
Error unknown_kind();
// Makes `record` the same record of another epoch, which has no checksum yet. Requires: as header_of.
void set_epoch(char* record, Epoch epoch);

class RecordDecoder {
 public:
  // The views of the record live until the next call or the end of the decoder, and as long as `record` does.
  // Error: the record is of no known kind, or its fields are not what FORMAT.md says.
  Result<Record> decode(std::string_view record);

 private:
  void read_effects(FieldReader& reader, Effects& effects);
  void read_reminders(FieldReader& reader);
  Emit read_emit(FieldReader& reader);
  RecordBody read_body(RecordKind kind, FieldReader& reader);
  Turn read_turn(FieldReader& reader);
  States read_states(FieldReader& reader);
  CheckpointPart read_part(FieldReader& reader);
  std::span<const std::string_view> read_entities(FieldReader& reader);
  void lay_headers();

  std::vector<Event> events_;
  std::vector<SourcePosition> sources_;
  std::vector<Emit> emits_;
  std::vector<PendingEmit> pending_;
  std::vector<Header> headers_;
  std::vector<std::size_t> headers_end_;  // after each emit
  std::vector<Reminder> reminders_;
  std::vector<StoredState> states_;
  std::vector<SourceProgress> progress_;
  std::vector<OffsetRange> ranges_;
  std::vector<std::size_t> ranges_end_;  // after each source
  std::vector<std::string_view> entities_;
};

// Goes through the records of a chunk. None at its end. Requires: each sum has been seen to.
std::optional<std::string_view> take_record(std::string_view& bytes);

}  // namespace shoal::journal
