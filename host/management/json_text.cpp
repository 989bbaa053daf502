#include "host/management/json_text.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace shoal::management {
namespace {

constexpr std::string_view space = " \t\r\n";

// Counts brackets outside strings. Exact for valid JSON; invalid text is refused by the parser anyway.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char symbol = text[index];
    if (in_string) {
      if (symbol == '\\') ++index;
      if (symbol == '"') in_string = false;
    } else if (symbol == '"') {
      in_string = true;
    } else if (symbol == '{' || symbol == '[') {
      if (++depth > json_depth_max) return true;
    } else if ((symbol == '}' || symbol == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// Walks text that is known to be valid JSON, so that it needs no checks of its own.
class ValidText {
 public:
  explicit ValidText(std::string_view text) : text_(text) { skip_space(); }

  char symbol() const { return text_[position_]; }

  void skip_symbol() {
    ++position_;
    skip_space();
  }

  std::string_view take_value() {
    const std::size_t begin = position_;
    std::size_t depth = 0;
    do {
      const char first = text_[position_];
      if (first == '"') {
        skip_string();
      } else {
        if (first == '{' || first == '[') ++depth;
        if (first == '}' || first == ']') --depth;
        ++position_;
      }
    } while (position_ < text_.size() && (depth > 0 || !ends_value(begin)));
    const std::string_view value = text_.substr(begin, position_ - begin);
    skip_space();
    return value;
  }

 private:
  // A string, an array and an object end with their last symbol; a number or a word with what follows it.
  bool ends_value(std::size_t begin) const {
    const char first = text_[begin];
    if (first == '"' || first == '{' || first == '[') return true;
    return std::string_view(",}] \t\r\n").find(text_[position_]) != std::string_view::npos;
  }

  void skip_string() {
    for (++position_; text_[position_] != '"'; ++position_) {
      if (text_[position_] == '\\') ++position_;
    }
    ++position_;
  }

  void skip_space() {
    while (position_ < text_.size() && space.find(text_[position_]) != std::string_view::npos) ++position_;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

Result<void> check_json(std::string_view text) {
  if (is_too_deep(text)) {
    return error(ErrorCode::invalid_argument,
                 "the JSON is nested deeper than " + std::to_string(json_depth_max) + " levels");
  }
  // The parser takes a NUL for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos || !nlohmann::json::accept(text)) {
    return error(ErrorCode::invalid_argument, "the text is not one JSON value in UTF-8");
  }
  return success();
}

Result<std::vector<JsonMember>> json_members(std::string_view text) {
  SHOAL_TRYV(check_json(text));
  ValidText cursor(text);
  if (cursor.symbol() != '{') return error(ErrorCode::invalid_argument, "the JSON value is not an object");
  cursor.skip_symbol();
  std::vector<JsonMember> members;
  std::set<std::string> names;
  while (cursor.symbol() != '}') {
    if (cursor.symbol() == ',') cursor.skip_symbol();
    JsonMember member;
    member.name = nlohmann::json::parse(cursor.take_value()).get<std::string>();
    cursor.skip_symbol();
    member.value = cursor.take_value();
    if (!names.insert(member.name).second) {
      return error(ErrorCode::invalid_argument, "the member \"" + member.name + "\" comes twice");
    }
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace shoal::management
