#include "host/modules/config_view.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/base/bytes.hpp"

namespace shoal::modules {

using nlohmann::json;

struct ConfigView::Content {
  std::string text;
  json table;
  std::deque<std::string> texts;  // JSON of what was asked for as OTHER; a deque, so that views stay
};

namespace {

const json* find_value(const json& table, std::string_view path) {
  const json* value = &table;
  while (true) {
    const std::size_t dot = path.find('.');
    const std::string_view key = path.substr(0, dot);
    if (!value->is_object()) {
      return nullptr;
    }
    const auto found = value->find(std::string{key});
    if (found == value->end()) {
      return nullptr;
    }
    value = &*found;
    if (dot == std::string_view::npos) {
      return value;
    }
    path.remove_prefix(dot + 1);
  }
}

void fill_integer(std::int64_t integer, shoal_value& value) {
  value.kind = SHOAL_VALUE_INTEGER;
  value.integer = integer;
  value.real = static_cast<double>(integer);
}

void fill_other(const json& found, std::deque<std::string>& texts, shoal_value& value) {
  value.kind = SHOAL_VALUE_OTHER;
  value.string = to_bytes(texts.emplace_back(found.dump()));
}

// Requires: all fields of `value` but its size are zero.
void fill_value(const json& found, std::deque<std::string>& texts, shoal_value& value) {
  switch (found.type()) {
    case json::value_t::string:
      value.kind = SHOAL_VALUE_STRING;
      value.string = to_bytes(found.get_ref<const std::string&>());
      break;
    case json::value_t::boolean:
      value.kind = SHOAL_VALUE_BOOLEAN;
      value.integer = found.get<bool>() ? 1 : 0;
      break;
    case json::value_t::number_integer:
      fill_integer(found.get<std::int64_t>(), value);
      break;
    case json::value_t::number_unsigned:
      if (found.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        fill_other(found, texts, value);
      } else {
        fill_integer(found.get<std::int64_t>(), value);
      }
      break;
    case json::value_t::number_float:
      value.kind = SHOAL_VALUE_FLOAT;
      value.real = found.get<double>();
      break;
    default:
      fill_other(found, texts, value);
      break;
  }
}

}  // namespace

Result<std::unique_ptr<ConfigView>> ConfigView::parse(const config::ModuleTable& table) {
  auto content = std::make_unique<Content>();
  content->text = table.json;
  content->table = json::parse(content->text, nullptr, false);
  if (content->table.is_discarded() || !content->table.is_object()) {
    return error(ErrorCode::bad_config, "the config table is not one JSON object");
  }
  return std::unique_ptr<ConfigView>{new ConfigView(std::move(content))};
}

ConfigView::ConfigView(std::unique_ptr<Content> content)
    : content_(std::move(content)),
      abi_{sizeof(shoal_config), 0, content_.get(), to_bytes(content_->text), &ConfigView::get} {}

ConfigView::~ConfigView() = default;

shoal_status ConfigView::get(const void* state, shoal_bytes path, shoal_value* value) {
  // The const is the ABI's: the texts handed out are kept in the content, which is never const itself.
  auto& content = *static_cast<Content*>(const_cast<void*>(state));
  if (value == nullptr || value->size < sizeof(shoal_value) || is_null(path)) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  try {
    const json* found = find_value(content.table, to_view(path));
    if (found == nullptr) {
      return SHOAL_STATUS_NOT_FOUND;
    }
    *value = shoal_value{value->size, 0, null_bytes, 0, 0.0};
    fill_value(*found, content.texts, *value);
    return SHOAL_STATUS_OK;
  } catch (const std::bad_alloc&) {
    return SHOAL_STATUS_OUT_OF_MEMORY;
  } catch (const std::exception&) {
    return SHOAL_STATUS_FAILED;  // the dump refuses text that is not UTF-8
  }
}

}  // namespace shoal::modules
