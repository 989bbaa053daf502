// A greeting as it comes off the wire: what is taken has one form, and names a node.
#include <string>
#include <variant>

#include "cluster/transport/hello.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto greeting = transport::decode_greeting(input);
  if (!greeting) {
    require(!greeting.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  require(transport::is_greeting(input), "what decodes is told by its first byte");
  require(transport::encode(greeting.value()) == input, "what decodes encodes to the same bytes");
  if (const auto* hello = std::get_if<transport::Hello>(&greeting.value())) {
    require(!hello->from.name.empty() && !hello->from.address.empty(),
            "who says hello has a name and an address");
    require(hello->from.uid != cluster::Uid{}, "who says hello has a uid");
  }
}

}  // namespace shoal::fuzz
