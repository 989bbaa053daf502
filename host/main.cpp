// The `shoal` command. What it does is in host/command, what a running host is made of in host/app.cpp.

#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <variant>

#include "host/command/command_line.hpp"
#include "host/command/perform.hpp"

namespace {

shoal::config::Environment environment_of_process() {
  shoal::config::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text{*entry};
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
      environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string host_name_of_machine() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto read = shoal::command::read_command_line(argument_count, arguments);
  if (const auto* finished = std::get_if<shoal::command::Finished>(&read)) return finished->exit_code;
  const shoal::command::Process process{environment_of_process(), std::filesystem::current_path(),
                                        host_name_of_machine(), std::thread::hardware_concurrency()};
  return std::visit([&](const auto& request) { return shoal::command::perform(request, process); },
                    std::get<shoal::command::Request>(read));
}
