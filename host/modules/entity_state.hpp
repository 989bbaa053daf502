#pragma once
// An entity's state as bytes: what `save` of its type writes, and `load` reads. On the thread that may touch
// the slot.

#include <cstdint>
#include <vector>

#include "host/modules/entity_type.hpp"

namespace shoal::modules {

// Appends the state to `bytes`. TOO_LARGE beyond `bytes_max` bytes; of another status than OK nothing is
// appended. Requires: the type has `save`.
shoal_status save_state(const EntityType& type, const void* slot, std::size_t bytes_max,
                        std::vector<std::uint8_t>& bytes);

// Gives a constructed slot the state of that version. Requires: the type has `load`.
shoal_status load_state(const EntityType& type, void* slot, std::uint32_t version, shoal_bytes state);

}  // namespace shoal::modules
