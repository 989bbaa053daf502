#include "host/command/command_description.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "host/config/explain.hpp"

namespace shoal::command {
namespace {

// The words of "text|json"; none where the text names no choice.
std::vector<std::string> choices_of(const std::string& text) {
  std::vector<std::string> choices;
  if (text.find('|') == std::string::npos) return choices;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    choices.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

}  // namespace

CommandDescription description_of(const CLI::App& command) {
  CommandDescription described{command.get_name(), command.get_description(), {}, {}, {}};
  for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; })) {
    described.commands.push_back(description_of(*inner));
  }
  for (const CLI::Option* option : command.get_options()) {
    const std::string& form = option->get_option_text();
    ValueDescription value{form == config_key_form ? config::key_patterns() : choices_of(form),
                           form == "FILE" || form == "PATH"};
    if (!option->nonpositional()) {
      described.arguments.push_back(std::move(value));
      continue;
    }
    OptionDescription made{
        {}, option->get_description(), option->get_items_expected_max() > 0, std::move(value)};
    for (const std::string& name : option->get_snames()) made.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) made.names.push_back("--" + name);
    described.options.push_back(std::move(made));
  }
  return described;
}

}  // namespace shoal::command
