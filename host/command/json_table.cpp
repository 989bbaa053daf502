#include "host/command/json_table.hpp"

#include <utility>

#include "host/command/text_table.hpp"
#include "host/command/utc_text.hpp"

namespace shoal::command {

namespace {
using Json = nlohmann::ordered_json;
}  // namespace

std::string cell_of(const Json& value) {
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_null()) return "-";
  if (!value.is_array()) return printable(value.dump());
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "" : ",") + cell_of(element);
  return text.empty() ? "-" : text;
}

std::string cell_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? "-" : cell_of(*found);
}

std::string time_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_integer()) return "-";
  return utc_text(found->get<std::int64_t>());
}

std::string table_of(const Json& document, const char* list, const std::vector<Column>& columns) {
  const auto found = document.find(list);
  if (found == document.end() || !found->is_array() || found->empty()) return "";
  Rows rows(1);
  for (const Column& column : columns) rows[0].emplace_back(column.heading);
  for (const Json& element : *found) {
    std::vector<std::string> row;
    for (const Column& column : columns) row.push_back(cell_of(element, column.member));
    rows.push_back(std::move(row));
  }
  return to_table(rows);
}

}  // namespace shoal::command
