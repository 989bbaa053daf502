#pragma once
// State in and out of an entity: save, load, describe, events. Included by kit.hpp.

#include <algorithm>
#include <cstdint>

#include "shoal/testkit/kit.hpp"

namespace shoal::testkit {

// Gives bytes in chunks of a fixed size, each in memory of its own that ends with the next call.
class ChunkedReader {
 public:
  ChunkedReader(std::string_view bytes, std::size_t chunk_bytes)
      : rest_(bytes), chunk_bytes_(chunk_bytes), abi_{sizeof(shoal_reader), 0, this, bytes.size(), &read} {}
  ChunkedReader(const ChunkedReader&) = delete;
  ChunkedReader& operator=(const ChunkedReader&) = delete;

  const shoal_reader* abi() const { return &abi_; }

 private:
  static shoal_status read(void* state, std::uint64_t size_max, shoal_bytes* chunk) {
    auto& reader = *static_cast<ChunkedReader*>(state);
    if (size_max == 0) return SHOAL_STATUS_INVALID_ARGUMENT;
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>({size_max, reader.chunk_bytes_, reader.rest_.size()}));
    reader.chunk_ = std::make_unique<std::uint8_t[]>(size + 1);
    std::copy_n(reader.rest_.begin(), size, reader.chunk_.get());
    reader.rest_.remove_prefix(size);
    *chunk = {reader.chunk_.get(), size};
    return SHOAL_STATUS_OK;
  }

  std::string_view rest_;
  std::size_t chunk_bytes_;
  std::unique_ptr<std::uint8_t[]> chunk_;
  shoal_reader abi_;
};

inline Incarnation& Kit::in_memory(std::string_view id) {
  const auto found = entities_.find(std::string(id));
  require(found != entities_.end(), "entity '" + std::string(id) + "' is not in memory");
  return *found->second;
}

inline std::string Kit::save(std::string_view id) {
  require(type_->save != nullptr, "type '" + std::string(type_->name) + "' has no save");
  StringWriter writer(std::size_t{1} << 30);
  const shoal_status status = type_->save(type_instance_, in_memory(id).slot.memory(), writer.abi());
  require(status == SHOAL_STATUS_OK, "save of entity '" + std::string(id) +
                                         "': " + std::string(to_string(Status{status})) + ": " + last_line());
  return writer.text();
}

inline Status Kit::load_in_chunks(std::string_view id, std::uint32_t state_version, std::string_view state,
                                  std::size_t chunk_bytes) {
  require(type_->load != nullptr, "type '" + std::string(type_->name) + "' has no load");
  const std::string name(id);
  discard(name);
  if (const auto failed = construct(name, nullptr)) return failed->status;
  ChunkedReader reader(state, chunk_bytes);
  const shoal_status status =
      type_->load(type_instance_, in_memory(id).slot.memory(), state_version, reader.abi());
  if (status != SHOAL_STATUS_OK) discard(name);
  return Status{status};
}

inline Status Kit::load(std::string_view id, std::uint32_t state_version, std::string_view state) {
  return load_in_chunks(id, state_version, state, state.size() + 1);
}

inline Status Kit::reload(std::string_view id) {
  const std::string state = save(id);
  return load_in_chunks(id, type_->state_version, state, 1);
}

inline std::string Kit::describe(std::string_view id) {
  require(type_->describe != nullptr, "type '" + std::string(type_->name) + "' has no describe");
  StringWriter writer(std::size_t{1} << 30);
  const shoal_status status = type_->describe(type_instance_, in_memory(id).slot.memory(), writer.abi());
  require(status == SHOAL_STATUS_OK, "describe of entity '" + std::string(id) +
                                         "': " + std::string(to_string(Status{status})) + ": " + last_line());
  return writer.text();
}

inline const std::vector<Event>& Kit::events(std::string_view id) const {
  static const std::vector<Event> none;
  const auto found = events_.find(std::string(id));
  return found == events_.end() ? none : found->second;
}

inline Turn Kit::stop(std::string_view id, StopReason reason) {
  in_memory(id);
  return last_turn(std::string(id), reason);
}

inline std::string Kit::last_line() const {
  const auto lines = host_.lines();
  return lines.empty() ? "the module logged no reason" : lines.back().text;
}

}  // namespace shoal::testkit
