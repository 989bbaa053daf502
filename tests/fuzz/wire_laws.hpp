#pragma once
// What holds for every message of a wire format and every input: what is taken has one form, and it is the
// one that came; what is refused is refused with a reason.

#include <string>
#include <string_view>

#include "target.hpp"

namespace shoal::fuzz {

// `decoded` is what the input gave, a Result; `encode(message, bytes)` appends. True where it was taken.
template <class Decoded, class Encode>
bool check_one_form(std::string_view input, const Decoded& decoded, Encode encode) {
  if (!decoded) {
    require(!decoded.error().message.empty(), "what is refused is refused with a reason");
    return false;
  }
  std::string bytes;
  encode(decoded.value(), bytes);
  require(bytes == input, "what decodes encodes to the same bytes");
  return true;
}

}  // namespace shoal::fuzz
