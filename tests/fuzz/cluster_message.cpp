// A message of the cluster as it comes off the wire: it has one form, and is as long as it is said to be.
#include "cluster/wire.hpp"
#include "wire_laws.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto message = cluster::decode(input);
  const auto encode = [](const auto& taken, std::string& bytes) { cluster::encode(taken, bytes); };
  if (!check_one_form(input, message, encode)) return;
  require(cluster::wire_bytes(message.value()) == input.size(), "a message is as long as it is said to be");
}

}  // namespace shoal::fuzz
