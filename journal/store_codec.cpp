#include "journal/store_codec.hpp"

#include <cstdint>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"

namespace shoal::journal {

namespace {

constexpr char kFormat = 'f';
constexpr char kMark = 'm';
constexpr char kState = 's';
constexpr std::size_t kShardBytes = 8;
constexpr std::size_t kCrcBytes = sizeof(std::uint32_t);
constexpr std::uint64_t kVersion = 1;

// Numbers of a key have their high byte first: the order of the keys is theirs.
void put_ordered(std::string& key, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift & 0xff));
}

std::string key_of(char kind, LogShard shard) {
  std::string key(1, kind);
  put_ordered(key, shard.type.value);
  put_ordered(key, shard.shard.value);
  return key;
}

// `put(sink)` puts the fields.
template <class Put>
std::string value_of(std::string_view key, Put&& put) {
  FieldSize size;
  put(size);
  std::string value(kCrcBytes + size.bytes(), '\0');
  FieldWriter writer(value.data() + kCrcBytes);
  put(writer);
  store<std::uint32_t>(value.data(), crc32c(std::string_view(value).substr(kCrcBytes), crc32c(key)));
  return value;
}

std::optional<FieldReader> fields_of(std::string_view key, std::string_view value) {
  if (value.size() < kCrcBytes) return std::nullopt;
  const std::string_view fields = value.substr(kCrcBytes);
  if (load<std::uint32_t>(value.data()) != crc32c(fields, crc32c(key))) return std::nullopt;
  return FieldReader(fields);
}

}  // namespace

std::string version_key() { return {kFormat}; }
std::string mark_key(LogShard shard) { return key_of(kMark, shard); }
std::string states_begin(LogShard shard) { return key_of(kState, shard); }

// The key after all that begin as those of the shard: one more, carried over. The kind's byte takes the last
// carry.
std::string states_end(LogShard shard) {
  std::string key = states_begin(shard);
  for (auto at = key.rbegin(); at != key.rend(); ++at) {
    *at = static_cast<char>(static_cast<unsigned char>(*at) + 1);
    if (*at != '\0') break;
  }
  return key;
}

std::string state_key(LogShard shard, std::string_view entity) { return states_begin(shard).append(entity); }

std::string_view entity_of(std::string_view state_key) { return state_key.substr(1 + kShardBytes); }

std::string version_value() {
  return value_of(version_key(), [](auto& sink) { sink.put(kVersion); });
}

std::string mark_value(LogShard shard, const StoreMark& mark) {
  return value_of(mark_key(shard), [&](auto& sink) {
    sink.put(mark.epoch.value);
    sink.put(mark.owner.value);
    sink.put(mark.counted.value);
    sink.put(mark.checkpoint_begin.value);
    sink.put(mark.checkpoint_end.value);
  });
}

std::string state_value(std::string_view key, const StoredState& state) {
  return value_of(key, [&](auto& sink) {
    sink.put(state.revision);
    sink.put(state.version);
    sink.put_bytes(state.bytes);
  });
}

bool is_version(std::string_view value) {
  auto fields = fields_of(version_key(), value);
  return fields && fields->number() == kVersion && fields->ok() && fields->at_end();
}

std::optional<StoreMark> mark_of(LogShard shard, std::string_view value) {
  auto fields = fields_of(mark_key(shard), value);
  if (!fields) return std::nullopt;
  StoreMark mark;
  mark.epoch = Epoch(fields->number());
  mark.owner = OwnerId(fields->number());
  mark.counted = Sequence(fields->number());
  mark.checkpoint_begin = Sequence(fields->number());
  mark.checkpoint_end = Sequence(fields->number());
  if (!fields->ok() || !fields->at_end()) return std::nullopt;
  return mark;
}

std::optional<StoredState> state_of(std::string_view key, std::string_view value) {
  auto fields = fields_of(key, value);
  if (!fields) return std::nullopt;
  StoredState state;
  state.entity = entity_of(key);
  state.revision = fields->number();
  state.version = fields->number_of<std::uint32_t>();
  if (!fields->ok()) return std::nullopt;
  state.bytes = fields->rest();
  return state;
}

}  // namespace shoal::journal
