#pragma once
// Shell scripts that complete the command line, made from a description of it. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace shoal::command {

// What may stand at a place of the command line: some words, files, or what only the user knows.
struct ValueDescription {
  std::vector<std::string> choices;
  bool is_file = false;
};

struct OptionDescription {
  std::vector<std::string> names;  // with their dashes
  std::string doc;
  bool takes_value = false;
  ValueDescription value;
};

struct CommandDescription {
  std::string name;
  std::string doc;
  std::vector<CommandDescription> commands;
  std::vector<OptionDescription> options;
  std::vector<ValueDescription> arguments;
};

// To be read by the shell named; `root.name` is the program.
std::string bash_completion(const CommandDescription& root);
std::string zsh_completion(const CommandDescription& root);
std::string fish_completion(const CommandDescription& root);

}  // namespace shoal::command
