#pragma once
// JSON as the management port writes it: members stand in the order they were added. Pure.

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace shoal::management {

using Json = nlohmann::ordered_json;

inline Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <class Item>
Json array_of(const std::vector<Item>& items, Json (*json_of)(const std::type_identity_t<Item>&)) {
  Json array = Json::array();
  for (const Item& item : items) array.push_back(json_of(item));
  return array;
}

}  // namespace shoal::management
