#pragma once
// One entity of a loaded module, driven turn by turn through the ABI without a host around it. Owns the
// entity's slot; keeps its type alive. Single-threaded. Of the effects it serves `reply` and `set_error`;
// every other one gives UNSUPPORTED. State is written and read in small chunks, so that no module can count
// on getting it in one piece.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/modules/entity_type.hpp"

namespace shoal::tests {

struct Outcome {
  shoal_status status = SHOAL_STATUS_OK;
  std::optional<std::string> reply;
  std::string error;
};

class Entity {
 public:
  // Requires: `construction().status` is OK before anything else is called.
  Entity(std::shared_ptr<const modules::EntityType> type, std::string id);
  ~Entity();
  Entity(const Entity&) = delete;
  Entity& operator=(const Entity&) = delete;

  const Outcome& construction() const { return construction_; }

  // Requires: the type has a message of this name.
  Outcome receive(std::string_view message, std::string_view body);

  // The state as the module writes it; nothing where `save` fails.
  std::optional<std::string> save() const;
  shoal_status load(std::uint32_t state_version, std::string_view state);

 private:
  struct SlotRelease {
    std::uint64_t size;
    std::uint64_t alignment;
    void operator()(void* memory) const;
  };

  std::shared_ptr<const modules::EntityType> type_;
  std::string id_;
  std::unique_ptr<void, SlotRelease> slot_;
  Outcome construction_;
};

}  // namespace shoal::tests
