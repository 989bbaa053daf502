#include "host/config/source_values.hpp"

#include <charconv>

#include "host/config/names.hpp"
#include "host/config/timestamp.hpp"

namespace shoal::config {
namespace {

constexpr std::string_view module_prefix = "module:";
constexpr std::uint32_t partition_max = 65'535;

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<StartValue> read_start(std::string_view text) {
  if (text == "committed") return StartValue{Start::committed, 0};
  if (text == "earliest") return StartValue{Start::earliest, 0};
  if (text == "latest") return StartValue{Start::latest, 0};
  const auto time_ms = read_timestamp(text);
  if (!time_ms) return std::nullopt;
  return StartValue{Start::time, *time_ms};
}

std::string_view start_problem(std::string_view text) {
  return read_start(text) ? ""
                          : "must be committed, earliest, latest or a time from 1970 on such as "
                            "2026-03-01T00:00:00Z";
}

std::optional<OffsetsValue> read_offsets(std::string_view text) {
  if (text == "group") return OffsetsValue{OffsetKeeper::group, {}};
  if (text == "none") return OffsetsValue{OffsetKeeper::none, {}};
  if (!text.starts_with(module_prefix)) return std::nullopt;
  const std::string_view module = text.substr(module_prefix.size());
  if (!type_name_problem(module).empty()) return std::nullopt;
  return OffsetsValue{OffsetKeeper::module, std::string{module}};
}

std::string_view offsets_problem(std::string_view text) {
  return read_offsets(text) ? "" : "must be group, none or module: and a module's id";
}

std::optional<StartOffset> read_start_offset(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto equals = text.find('=', slash);
  if (equals == std::string_view::npos) return std::nullopt;
  const auto partition = read_number<std::uint32_t>(text.substr(slash + 1, equals - slash - 1));
  const auto offset = read_number<std::int64_t>(text.substr(equals + 1));
  const std::string_view topic = text.substr(0, slash);
  if (!topic_problem(topic).empty() || !partition || *partition > partition_max || !offset || *offset < 0) {
    return std::nullopt;
  }
  return StartOffset{std::string{topic}, *partition, *offset};
}

std::string_view start_offset_problem(std::string_view text) {
  return read_start_offset(text) ? "" : "must be a topic, a partition and an offset such as flights/0=1200";
}

}  // namespace shoal::config
