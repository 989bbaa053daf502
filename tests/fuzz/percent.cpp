// Percent-encoding of entity ids.
#include <algorithm>
#include <string>

#include "host/management/percent.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const std::string encoded = management::percent_encode(input);
  require(std::ranges::all_of(encoded, [](char c) { return c > ' ' && c < 0x7f && c != '/'; }),
          "what is encoded is one printable segment");
  require(management::percent_decode(encoded) == std::string{input}, "what is encoded can be decoded");
  const auto decoded = management::percent_decode(input);
  if (!decoded) return;
  require(management::percent_decode(management::percent_encode(*decoded)) == decoded,
          "what was decoded can be encoded");
}

}  // namespace shoal::fuzz
