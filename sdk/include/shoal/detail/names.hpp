#pragma once
// The ABI's rules for names, checked while the module is compiled: a throw below is a compile error with its
// text.

#include <cstdint>
#include <string_view>

namespace shoal::detail {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

consteval void check_type_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || !is_lower(name[0])) throw "the name must be [a-z][a-z0-9_-]{0,63}";
  for (const char c : name) {
    if (!is_lower(c) && !is_digit(c) && c != '_' && c != '-') throw "the name must be [a-z][a-z0-9_-]{0,63}";
  }
}

consteval void check_message_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || !is_letter(name[0]))
    throw "the name must be [A-Za-z][A-Za-z0-9_.-]{0,63}";
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.' && c != '-') {
      throw "the name must be [A-Za-z][A-Za-z0-9_.-]{0,63}";
    }
  }
}

template <class Entries>
consteval void check_distinct(const Entries& entries, std::string_view name) {
  for (const auto& entry : entries) {
    if (std::string_view(entry.name) == name) throw "the name is taken";
  }
}

// A journal names events by these numbers.
template <class Entries>
consteval void check_distinct_numbers(const Entries& entries, std::uint32_t number) {
  for (const auto& entry : entries) {
    if (entry.number == number) throw "another event's name has the same CRC32C: rename one of them";
  }
}

}  // namespace shoal::detail
