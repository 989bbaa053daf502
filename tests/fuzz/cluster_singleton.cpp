// A message about a singleton as it comes off the wire: it has one form.
#include "cluster/singleton_message.hpp"
#include "wire_laws.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto encode = [](const auto& taken, std::string& bytes) { cluster::encode(taken, bytes); };
  check_one_form(input, cluster::decode_singleton(input), encode);
}

}  // namespace shoal::fuzz
