#pragma once
// What a module's tables must look like before the host believes them. Pure functions over the tables; errors
// say what is wrong without naming the file: the caller puts it in front. [control]

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"
#include "shoal/abi/offsets.h"
#include "shoal/base/result.hpp"

namespace shoal::modules {

inline constexpr std::uint32_t entity_types_max = 256;
inline constexpr std::uint32_t messages_max = 4'096;
inline constexpr std::uint64_t slot_bytes_max = 1'048'576;
inline constexpr std::uint64_t slot_alignment_max = 4'096;

// "draft 1" or "revision 1".
std::string describe_abi(std::uint32_t abi);

// `[a-z][a-z0-9_-]{0,63}`, the form of module ids and entity type names.
bool is_name(std::string_view text);

// Reads magic and ABI number first, and the rest only when both are this host's.
Result<void> check_module(const shoal_module* module);

// The entity types of a factory, in the table's order. Pointers are into the module and live as long as it.
Result<std::vector<const shoal_entity_type*>> check_entity_factory(const shoal_entity_factory* factory);

// Null is good: the module keeps no offsets.
Result<void> check_offsets_factory(const shoal_offsets_factory* factory);

// Element `index` of a table whose stride is its elements' own `size`, which may be larger than ours.
template <class Element>
const Element* table_element(const Element* table, std::uint32_t index) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(table);
  return reinterpret_cast<const Element*>(bytes + std::uint64_t{index} * table->size);
}

}  // namespace shoal::modules
