#pragma once
// TypePolicy: how the entities of one type live, as the configuration says. Read-only after a type is opened.

#include <chrono>
#include <cstdint>
#include <optional>

namespace shoal::lanes {

enum class OnFailure : std::uint8_t { stop, restart, park };

struct TypePolicy {
  // An entity without a message for so long leaves memory; none: it stays.
  std::optional<std::chrono::milliseconds> passivate_after;
  // Runs as its last message before an entity that passivates leaves; it answers with `stop`.
  std::optional<std::uint32_t> stop_message;
  std::chrono::milliseconds stop_timeout{10'000};  // then it leaves without having answered
};

}  // namespace shoal::lanes
