#pragma once
// One entity type of one generation, configured. Shared with the lanes, which only read it; any thread. Made
// on `control`; its end calls the module's `release`, so the last reference must go on `control` as well: the
// registry keeps one until it is destroyed, after the lanes have stopped.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/modules/event_table.hpp"
#include "host/modules/generation.hpp"

namespace shoal::modules {

struct EntityType {
  // Runs the type's `configure`. Requires: `type` is one of the generation's checked types.
  static Result<std::shared_ptr<const EntityType>> configure(std::shared_ptr<const Generation> from,
                                                             const shoal_entity_type& type,
                                                             const config::ModuleTable& table);
  ~EntityType();
  EntityType(const EntityType&) = delete;
  EntityType& operator=(const EntityType&) = delete;

  std::optional<std::uint32_t> find_message(std::string_view message_name) const;
  // Requires: `index` < abi->message_count.
  const shoal_message_type& message(std::uint32_t index) const;

  const std::shared_ptr<const Generation> generation;
  const shoal_entity_type* const abi;
  void* const
      state;  // first argument of the type's functions: what `configure` gave, or the module's instance
  const std::string name;
  const EventTable events;

 private:
  EntityType(std::shared_ptr<const Generation> from, const shoal_entity_type& type, void* type_state);

  std::unordered_map<std::string_view, std::uint32_t> message_index_;  // views of the module's own names
};

}  // namespace shoal::modules
