#pragma once
// A `config` table for a module under test: dotted paths and their values.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "shoal/abi/base.h"
#include "shoal/buffer.hpp"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/detail/json_writer.hpp"
#include "shoal/testkit/misuse.hpp"

namespace shoal::testkit {

// A value that is no plain one, such as an array, as JSON text.
struct Json {
  std::string text;
};

// A value of a table.
class TableValue {
 public:
  TableValue(const char* text) : value_(std::string(text)) {}
  TableValue(std::string text) : value_(std::move(text)) {}
  TableValue(bool truth) : value_(truth) {}
  TableValue(int number) : value_(std::int64_t{number}) {}
  TableValue(std::int64_t number) : value_(number) {}
  TableValue(double number) : value_(number) {}
  TableValue(Json json) : value_(std::move(json)) {}

  void read(shoal_value& to) const {
    const std::uint32_t size = to.size;
    to = {};
    to.size = size;
    if (const auto* text = std::get_if<std::string>(&value_)) {
      to.kind = SHOAL_VALUE_STRING;
      to.string = detail::to_abi(*text);
    } else if (const auto* json = std::get_if<Json>(&value_)) {
      to.kind = SHOAL_VALUE_OTHER;
      to.string = detail::to_abi(json->text);
    } else if (const auto* truth = std::get_if<bool>(&value_)) {
      to.kind = SHOAL_VALUE_BOOLEAN;
      to.integer = *truth ? 1 : 0;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
      to.kind = SHOAL_VALUE_INTEGER;
      to.integer = *integer;
      to.real = static_cast<double>(*integer);
    } else {
      to.kind = SHOAL_VALUE_FLOAT;
      to.real = std::get<double>(value_);
    }
  }

  void write(Buffer& out) const {
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Json>) {
            out.append(value.text);
          } else {
            detail::write_json(detail::ValueView::of(value), out, detail::Unwritable::refuse);
          }
        },
        value_);
  }

 private:
  std::variant<std::string, bool, std::int64_t, double, Json> value_;
};

// {"alerts.minutes", 180} is what [types.aircraft.config.alerts] minutes = 180 is in a host's file.
using Table = std::map<std::string, TableValue>;

// The ABI's view of a table. Must outlive its use; not movable, since the ABI points into it.
class TableView {
 public:
  explicit TableView(Table table) : table_(std::move(table)) {
    Buffer out;
    write_object(out, table_.begin(), table_.end(), 0);
    json_ = out.view();
    abi_ = {sizeof(shoal_config), 0, this, detail::to_abi(json_), &get};
  }
  TableView(const TableView&) = delete;
  TableView& operator=(const TableView&) = delete;

  const shoal_config& abi() const { return abi_; }

 private:
  using Iterator = Table::const_iterator;

  // Writes the entries of [begin, end), which share the first `prefix` characters of their paths. Paths are
  // sorted, so those of one inner table stand together.
  static void write_object(Buffer& out, Iterator begin, Iterator end, std::size_t prefix) {
    out.append('{');
    for (Iterator at = begin; at != end;) {
      const std::string& path = at->first;
      const std::size_t dot = path.find('.', prefix);
      const std::string name = path.substr(prefix, dot == std::string::npos ? dot : dot - prefix);
      require(!name.empty(), "the config path '" + path + "' has an empty part");
      if (at != begin) out.append(',');
      detail::write_json(detail::ValueView::of(name), out, detail::Unwritable::refuse);
      out.append(':');
      if (dot == std::string::npos) {
        at->second.write(out);
        ++at;
        continue;
      }
      const std::string inner = path.substr(0, dot + 1);
      Iterator inner_end = at;
      while (inner_end != end && inner_end->first.starts_with(inner)) ++inner_end;
      write_object(out, at, inner_end, dot + 1);
      at = inner_end;
    }
    out.append('}');
  }

  static shoal_status get(const void* state, shoal_bytes path, shoal_value* value) {
    const Table& table = static_cast<const TableView*>(state)->table_;
    const auto found = table.find(std::string(detail::to_view(path)));
    if (found == table.end()) return SHOAL_STATUS_NOT_FOUND;
    found->second.read(*value);
    return SHOAL_STATUS_OK;
  }

  Table table_;
  std::string json_;
  shoal_config abi_{};
};

}  // namespace shoal::testkit
