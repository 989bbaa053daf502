// A message of the cluster as it comes off the wire: what is taken has one form, and it is the one that came.
#include <string>

#include "cluster/wire.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto message = cluster::decode(input);
  if (!message) {
    require(!message.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  std::string bytes;
  cluster::encode(message.value(), bytes);
  require(bytes == input, "what decodes encodes to the same bytes");
  require(cluster::wire_bytes(message.value()) == input.size(), "a message is as long as it is said to be");
}

}  // namespace shoal::fuzz
