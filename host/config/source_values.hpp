#pragma once
// The texts of [[sources]] that are more than a name. For each: what is wrong with it, as words that follow
// it in a message, or nothing; and its value, none where something is wrong. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/config/config.hpp"

namespace shoal::config {

// committed, earliest, latest or a time.
struct StartValue {
  Start start = Start::committed;
  std::int64_t time_ms = 0;
};
std::string_view start_problem(std::string_view text);
std::optional<StartValue> read_start(std::string_view text);

// group, none or module:ID.
struct OffsetsValue {
  OffsetKeeper keeper = OffsetKeeper::group;
  std::string module;
};
std::string_view offsets_problem(std::string_view text);
std::optional<OffsetsValue> read_offsets(std::string_view text);

// TOPIC/PARTITION=OFFSET.
std::string_view start_offset_problem(std::string_view text);
std::optional<StartOffset> read_start_offset(std::string_view text);

}  // namespace shoal::config
