#include <iostream>

#include "host/command/completion.hpp"
#include "host/command/exit_code.hpp"
#include "host/command/perform.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::command {

int perform(const Completion& request, const Process&) {
  SHOAL_ASSERT(request.root != nullptr);
  const CommandDescription& root = *request.root;
  std::cout << (request.shell == "bash"  ? bash_completion(root)
                : request.shell == "zsh" ? zsh_completion(root)
                                         : fish_completion(root));
  return exit_ok;
}

}  // namespace shoal::command
