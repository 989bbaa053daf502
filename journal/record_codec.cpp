#include "journal/record_codec.hpp"

#include <string>
#include <utility>

#include "journal/fields.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr std::size_t record_epoch_at = 8;
constexpr std::size_t sequence_at = 16;
constexpr std::size_t type_at = 24;
constexpr std::size_t shard_at = 28;
constexpr std::size_t kind_at = 32;  // four bytes

// --- Writing --------------------------------------------------------------------------------------

// Puts a body into a sink, which counts its bytes or writes them.
template <class Sink>
class BodyWriter {
 public:
  explicit BodyWriter(Sink& sink) : sink_(sink) {}
  void put_body(const RecordBody& body) {
    std::visit([this](const auto& kind) { this->put(kind); }, body);
  }

 private:
  void put_optional(const std::optional<std::string_view>& text) {
    sink_.put(text ? text->size() + 1 : 0);
    if (text) sink_.put_bytes(*text);
  }

  void put(const Event& event) {
    sink_.put(event.number);
    sink_.put(event.version);
    put_text(sink_, event.bytes);
  }

  void put(const SourcePosition& position) {
    sink_.put(position.source);
    put_signed(sink_, position.partition);
    put_signed(sink_, position.offset);
    put_signed(sink_, position.finished_below);
    put_signed(sink_, position.timestamp_ms);
    sink_.put(position.crc);
    sink_.put(position.before);
  }

  void put(const OffsetRange& range) {
    put_signed(sink_, range.first);
    put_signed(sink_, range.end);
  }

  void put(const Header& header) {
    put_text(sink_, header.name);
    put_optional(header.value);
  }

  void put(const std::string_view& text) { put_text(sink_, text); }

  void put(const EmitId& id) {
    sink_.put(id.sequence.value);
    sink_.put(id.index);
  }

  void put(const std::optional<EmitId>& id) {
    sink_.put(id ? 1 : 0);
    if (id) put(*id);
  }

  void put(const Reminder& reminder) {
    put_text(sink_, reminder.entity);
    put_text(sink_, reminder.name);
    put_signed(sink_, reminder.due_ms);
    put_text(sink_, reminder.payload);
  }

  void put(const StoredState& state) {
    put_text(sink_, state.entity);
    sink_.put(state.revision);
    sink_.put(state.version);
    put_text(sink_, state.bytes);
  }

  template <class Element>
  void put_all(std::span<const Element> elements) {
    sink_.put(elements.size());
    for (const Element& element : elements) put(element);
  }

  void put(const SourceProgress& progress) {
    put(progress.last);
    put_all(progress.finished_above);
  }

  void put(const Emit& emit) {
    put_text(sink_, emit.sink);
    put_optional(emit.key);
    put_optional(emit.value);
    put_all(emit.headers);
    put_signed(sink_, emit.timestamp_ms);
  }

  void put(const PendingEmit& pending) {
    put(pending.id);
    put(pending.emit);
  }

  void put(const Effects& effects) {
    put_signed(sink_, effects.now_ms);
    put_text(sink_, effects.module_version);
    put_all(effects.sources);
    put_all(effects.emits);
    put_all(effects.reminders);
    put(effects.emits_done);
  }

  void put(const Turn& turn) {
    put_text(sink_, turn.entity);
    sink_.put(turn.revision);
    sink_.put(turn.state_version);
    put_all(turn.events);
    put(turn.effects);
  }

  void put(const States& states) {
    put_all(states.entities);
    put(states.effects);
  }

  void put(const Snapshot& snapshot) {
    put(snapshot.state);
    put_text(sink_, snapshot.module_version);
  }

  void put(const CheckpointPart& part) {
    put_all(part.sources);
    put_all(part.emits);
    put_all(part.reminders);
  }

  void put(const CheckpointEnd& end) { sink_.put(end.begin.value); }

  void put(const Renew& renew) { put(renew.emits_done); }

  void put(const EntitiesStarted& started) { put_all(started.entities); }

  void put(const EntitiesStopped& stopped) { put_all(stopped.entities); }

  void put(const CheckpointBegin&) {}
  void put(const Closed&) {}

  Sink& sink_;
};

// --- Reading --------------------------------------------------------------------------------------

std::optional<std::string_view> read_optional(FieldReader& reader) {
  const std::uint64_t size_and_one = reader.number();
  if (size_and_one == 0) return std::nullopt;
  return reader.bytes(size_and_one - 1);
}

EmitId read_emit_id(FieldReader& reader) {
  EmitId id;
  id.sequence = Sequence(reader.number());
  id.index = reader.number_of<std::uint32_t>();
  return id;
}

std::optional<EmitId> read_optional_emit_id(FieldReader& reader) {
  switch (reader.number()) {
    case 0:
      return std::nullopt;
    case 1:
      return read_emit_id(reader);
    default:
      reader.fail();
      return std::nullopt;
  }
}

std::int32_t read_partition(FieldReader& reader) {
  const std::int64_t wide = reader.signed_number();
  if (wide != static_cast<std::int32_t>(wide)) reader.fail();
  return static_cast<std::int32_t>(wide);
}

SourcePosition read_position(FieldReader& reader) {
  SourcePosition position;
  position.source = reader.number_of<std::uint32_t>();
  position.partition = read_partition(reader);
  position.offset = reader.signed_number();
  position.finished_below = reader.signed_number();
  position.timestamp_ms = reader.signed_number();
  position.crc = reader.number_of<std::uint32_t>();
  position.before = reader.number_of<std::uint32_t>();
  if (position.before > 0 && position.before > position.offset) reader.fail();
  return position;
}

StoredState read_state(FieldReader& reader) {
  StoredState state;
  state.entity = reader.text();
  state.revision = reader.number();
  state.version = reader.number_of<std::uint32_t>();
  state.bytes = reader.text();
  return state;
}

}  // namespace

// --- Sizes, sums and headers ----------------------------------------------------------------------

std::size_t encoded_bytes(const RecordBody& body) {
  FieldSize size;
  BodyWriter(size).put_body(body);
  return record_header_bytes + size.bytes();
}

std::size_t encoded_bytes_max(const RecordBody& body) {
  FieldSizeMax size;
  BodyWriter(size).put_body(body);
  return record_header_bytes + size.bytes();
}

std::size_t encode(const RecordHeader& header, const RecordBody& body, char* to) {
  SHOAL_ASSERT(header.kind == kind_of(body));
  FieldWriter writer(to + record_header_bytes);
  BodyWriter(writer).put_body(body);
  const auto bytes = static_cast<std::size_t>(writer.end() - to);
  store(to, static_cast<std::uint32_t>(bytes));
  store(to + record_sum_at, std::uint32_t{0});
  store(to + record_epoch_at, header.epoch.value);
  store(to + sequence_at, header.sequence.value);
  store(to + type_at, header.shard.type.value);
  store(to + shard_at, header.shard.shard.value);
  store(to + kind_at, static_cast<std::uint32_t>(header.kind));
  return bytes;
}

std::size_t length_at(std::string_view bytes) {
  if (bytes.size() < record_header_bytes) return 0;
  const std::size_t length = load<std::uint32_t>(bytes.data());
  return length >= record_header_bytes ? length : 0;
}

std::optional<RecordHeader> header_of(std::string_view record) {
  const auto kind = load<std::uint32_t>(record.data() + kind_at);
  if (kind < 1 || kind > std::variant_size_v<RecordBody>) return std::nullopt;
  RecordHeader header;
  header.shard = {TypeNumber(load<std::uint32_t>(record.data() + type_at)),
                  ShardId(load<std::uint32_t>(record.data() + shard_at))};
  header.epoch = Epoch(load<std::uint64_t>(record.data() + record_epoch_at));
  header.sequence = Sequence(load<std::uint64_t>(record.data() + sequence_at));
  header.kind = static_cast<RecordKind>(kind);
  return header;
}

Error unknown_kind() {
  return error(
      ErrorCode::refused,
      "the journal has a record of a kind that this version does not know: run the version that wrote it");
}

void set_epoch(char* record, Epoch epoch) { store(record + record_epoch_at, epoch.value); }

std::optional<std::string_view> take_record(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::size_t length = length_at(bytes);
  SHOAL_ASSERT(length > 0 && length <= bytes.size());
  const std::string_view record = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return record;
}

// --- Decoding -------------------------------------------------------------------------------------

Emit RecordDecoder::read_emit(FieldReader& reader) {
  Emit emit;
  emit.sink = reader.text();
  emit.key = read_optional(reader);
  emit.value = read_optional(reader);
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    Header header;
    header.name = reader.text();
    header.value = read_optional(reader);
    headers_.push_back(header);
  }
  headers_end_.push_back(headers_.size());
  emit.timestamp_ms = reader.signed_number();
  return emit;
}

void RecordDecoder::read_reminders(FieldReader& reader) {
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    Reminder reminder;
    reminder.entity = reader.text();
    reminder.name = reader.text();
    reminder.due_ms = reader.signed_number();
    reminder.payload = reader.text();
    reminders_.push_back(reminder);
  }
}

void RecordDecoder::read_effects(FieldReader& reader, Effects& effects) {
  effects.now_ms = reader.signed_number();
  effects.module_version = reader.text();
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    sources_.push_back(read_position(reader));
  }
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left)
    emits_.push_back(read_emit(reader));
  read_reminders(reader);
  effects.emits_done = read_optional_emit_id(reader);
  lay_headers();
  effects.sources = sources_;
  effects.emits = emits_;
  effects.reminders = reminders_;
}

// The lists of lists have their places only once all of them are read.
void RecordDecoder::lay_headers() {
  std::size_t first = 0;
  for (std::size_t i = 0; i < headers_end_.size(); ++i) {
    Emit& emit = pending_.empty() ? emits_[i] : pending_[i].emit;
    emit.headers = std::span(headers_).subspan(first, headers_end_[i] - first);
    first = headers_end_[i];
  }
}

Turn RecordDecoder::read_turn(FieldReader& reader) {
  Turn turn;
  turn.entity = reader.text();
  turn.revision = reader.number();
  turn.state_version = reader.number_of<std::uint32_t>();
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    Event event;
    event.number = reader.number_of<std::uint32_t>();
    event.version = reader.number_of<std::uint32_t>();
    event.bytes = reader.text();
    events_.push_back(event);
  }
  turn.events = events_;
  read_effects(reader, turn.effects);
  return turn;
}

States RecordDecoder::read_states(FieldReader& reader) {
  States states;
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left)
    states_.push_back(read_state(reader));
  states.entities = states_;
  read_effects(reader, states.effects);
  return states;
}

CheckpointPart RecordDecoder::read_part(FieldReader& reader) {
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    progress_.push_back({read_position(reader), {}});
    for (std::size_t ranges = reader.count(); ranges > 0 && reader.ok(); --ranges) {
      OffsetRange range;
      range.first = reader.signed_number();
      range.end = reader.signed_number();
      ranges_.push_back(range);
    }
    ranges_end_.push_back(ranges_.size());
  }
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    const EmitId id = read_emit_id(reader);
    pending_.push_back({id, read_emit(reader)});
  }
  read_reminders(reader);
  lay_headers();
  std::size_t first = 0;
  for (std::size_t i = 0; i < ranges_end_.size(); ++i) {
    progress_[i].finished_above = std::span(ranges_).subspan(first, ranges_end_[i] - first);
    first = ranges_end_[i];
  }
  return {progress_, pending_, reminders_};
}

std::span<const std::string_view> RecordDecoder::read_entities(FieldReader& reader) {
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) entities_.push_back(reader.text());
  return entities_;
}

RecordBody RecordDecoder::read_body(RecordKind kind, FieldReader& reader) {
  switch (kind) {
    case RecordKind::turn:
      return read_turn(reader);
    case RecordKind::state:
      return read_states(reader);
    case RecordKind::snapshot: {
      Snapshot snapshot;
      snapshot.state = read_state(reader);
      snapshot.module_version = reader.text();
      return snapshot;
    }
    case RecordKind::checkpoint_begin:
      return CheckpointBegin{};
    case RecordKind::checkpoint_part:
      return read_part(reader);
    case RecordKind::checkpoint_end:
      return CheckpointEnd{Sequence(reader.number())};
    case RecordKind::renew:
      return Renew{read_optional_emit_id(reader)};
    case RecordKind::closed:
      return Closed{};
    case RecordKind::entity_started:
      return EntitiesStarted{read_entities(reader)};
    case RecordKind::entity_stopped:
      return EntitiesStopped{read_entities(reader)};
  }
  reader.fail();
  return Closed{};
}

Result<Record> RecordDecoder::decode(std::string_view record) {
  events_.clear();
  sources_.clear();
  emits_.clear();
  pending_.clear();
  headers_.clear();
  headers_end_.clear();
  reminders_.clear();
  states_.clear();
  progress_.clear();
  ranges_.clear();
  ranges_end_.clear();
  entities_.clear();
  const std::optional<RecordHeader> header = header_of(record);
  if (!header) return unknown_kind();
  FieldReader reader(record.substr(record_header_bytes));
  Record decoded{*header, read_body(header->kind, reader)};
  if (!reader.ok() || !reader.at_end()) {
    return error(ErrorCode::refused, "the fields of record " + std::to_string(header->sequence.value) +
                                         " of epoch " + std::to_string(header->epoch.value) +
                                         " are not what its kind has");
  }
  return decoded;
}

}  // namespace shoal::journal
