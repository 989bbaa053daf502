#pragma once
// Numbers in hexadecimal, as names of files and tools show them. Pure.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace shoal::journal {

// Lower case, with zeros in front: at least so many digits.
inline std::string hex(std::uint64_t number, int digits) {
  std::array<char, 24> text;
  const int size =
      std::snprintf(text.data(), text.size(), "%0*llx", digits, static_cast<unsigned long long>(number));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace shoal::journal
