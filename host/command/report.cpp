#include "host/command/report.hpp"

#include <iostream>

#include "host/config/secrets.hpp"

namespace shoal::command {

void report(std::string_view message) {
  while (!message.empty()) {
    const std::size_t end = message.find('\n');
    std::cerr << "shoal: " << config::mask_urls(message.substr(0, end)) << '\n';
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  }
}

ExitCode fail(const Error& error) {
  report(error.message);
  return exit_code_of(error.code);
}

}  // namespace shoal::command
