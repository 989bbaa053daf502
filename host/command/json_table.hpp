#pragma once
// Lists of JSON objects as tables for people. Pure.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace shoal::command {

// A value as one printable cell: texts without quotes, lists with commas, "-" for null and empty lists.
std::string cell_of(const nlohmann::ordered_json& value);
// The same for a member; "-" where it is missing.
std::string cell_of(const nlohmann::ordered_json& object, const char* member);

// A member that is milliseconds since the Unix epoch, as UTC; "-" where it is none.
std::string time_of(const nlohmann::ordered_json& object, const char* member);

struct Column {
  const char* heading;
  const char* member;
};

// A row each element of the document's member `list`; nothing where there is no such list, or an empty one.
std::string table_of(const nlohmann::ordered_json& document, const char* list,
                     const std::vector<Column>& columns);

}  // namespace shoal::command
