#pragma once
// Single arguments that have a form of their own. Pure; errors are invalid_argument and say what is expected.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "host/command/request.hpp"
#include "shoal/base/result.hpp"

namespace shoal::command {

// HOST:PORT, HOST or [IPv6]:PORT into `client.host` and `client.port`.
Result<void> read_management(std::string_view text, Client& client);

// 1ms to 24h.
Result<std::chrono::milliseconds> read_timeout(std::string_view text);

// Seconds, whole or not, between two looks: 0.1 to 86,400.
Result<std::chrono::milliseconds> read_interval(std::string_view text);

// text or json.
Result<Format> read_format(std::string_view text);

// NAME:PARTITIONS, 1 to 1000 partitions.
Result<std::pair<std::string, int>> read_topic(std::string_view text);

// KEY=VALUE.
Result<std::pair<std::string, std::string>> read_assignment(std::string_view text);

// active_entities_max=N or active_entities_max=none, which is what of a type can be set.
Result<std::optional<std::uint32_t>> read_type_setting(std::string_view text);

// One JSON value.
Result<void> check_json(std::string_view text);

}  // namespace shoal::command
