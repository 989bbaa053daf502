#include "host/management/percent.hpp"

#include <array>
#include <cstddef>

namespace shoal::management {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

// RFC 3986 `pchar` without the escape itself.
constexpr std::array<bool, 256> stands_in_segment = [] {
  std::array<bool, 256> table{};
  for (const char byte :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")) {
    table[static_cast<unsigned char>(byte)] = true;
  }
  return table;
}();

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (stands_in_segment[value]) {
      text.push_back(byte);
      continue;
    }
    text.push_back('%');
    text.push_back(hex_digits[value >> 4]);
    text.push_back(hex_digits[value & 15]);
  }
  return text;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] != '%') {
      bytes.push_back(text[index]);
      continue;
    }
    if (text.size() - index < 3) return std::nullopt;
    const int high = hex_value(text[index + 1]);
    const int low = hex_value(text[index + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    index += 2;
  }
  return bytes;
}

}  // namespace shoal::management
