// A target with a bug, to prove that bugs are found: it reads behind its input where that begins with a word.
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  if (!input.starts_with("bug")) return;
  const volatile char behind = *(input.data() + input.size());
  static_cast<void>(behind);
}

}  // namespace shoal::fuzz
