#include "host/modules/entity_state.hpp"

#include <algorithm>
#include <new>

namespace shoal::modules {

namespace {

struct Target {
  std::vector<std::uint8_t>* bytes;
  std::size_t room;
};

shoal_status append(void* state, shoal_bytes chunk) {
  auto& target = *static_cast<Target*>(state);
  if (chunk.size > target.room) return SHOAL_STATUS_TOO_LARGE;
  try {
    target.bytes->insert(target.bytes->end(), chunk.data, chunk.data + chunk.size);
  } catch (const std::bad_alloc&) {
    return SHOAL_STATUS_OUT_OF_MEMORY;
  }
  target.room -= chunk.size;
  return SHOAL_STATUS_OK;
}

shoal_status take(void* state, std::uint64_t size_max, shoal_bytes* chunk) {
  auto& rest = *static_cast<shoal_bytes*>(state);
  const std::uint64_t size = std::min(size_max, rest.size);
  *chunk = {rest.data, size};
  rest = {rest.data + size, rest.size - size};
  return SHOAL_STATUS_OK;
}

}  // namespace

shoal_status save_state(const EntityType& type, const void* slot, std::size_t bytes_max,
                        std::vector<std::uint8_t>& bytes) {
  const std::size_t before = bytes.size();
  Target target{&bytes, bytes_max};
  const shoal_writer writer{sizeof(shoal_writer), 0, &target, &append};
  const shoal_status status = type.abi->save(type.state, slot, &writer);
  if (status != SHOAL_STATUS_OK) bytes.resize(before);
  return status;
}

shoal_status load_state(const EntityType& type, void* slot, std::uint32_t version, shoal_bytes state) {
  const shoal_reader reader{sizeof(shoal_reader), 0, &state, state.size, &take};
  return type.abi->load(type.state, slot, version, &reader);
}

}  // namespace shoal::modules
