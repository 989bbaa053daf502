#include "host/command/completion.hpp"

#include <algorithm>
#include <functional>

namespace shoal::command {
namespace {

// A command and where it stands: "shoal/entity/list".
using Visit = std::function<void(const CommandDescription& command, const std::string& place)>;

void walk(const CommandDescription& command, const std::string& place, const Visit& visit) {
  visit(command, place);
  for (const CommandDescription& inner : command.commands) walk(inner, place + "/" + inner.name, visit);
}

void walk(const CommandDescription& root, const Visit& visit) { walk(root, root.name, visit); }

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

// In single quotes; `quote` is how a single quote is written there.
std::string quoted(std::string_view text, std::string_view quote) {
  std::string shown = "'";
  for (const char symbol : text) {
    if (symbol == '\'') {
      shown.append(quote);
    } else {
      shown += symbol;
    }
  }
  return shown + "'";
}

constexpr std::string_view shell_quote = "'\\''";
constexpr std::string_view fish_quote = "\\'";

// Pattern of a case over "place:option", for each option that takes a value.
std::string option_pattern(const std::string& place, const OptionDescription& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) patterns.push_back(place + ":" + name);
  return joined(patterns, "|");
}

// Every word that leads from one command to another, as a pattern of a case over "place/word".
std::string place_pattern(const CommandDescription& root) {
  std::vector<std::string> places;
  walk(root, [&](const CommandDescription& command, const std::string& place) {
    for (const CommandDescription& inner : command.commands) places.push_back(place + "/" + inner.name);
  });
  return joined(places, "|");
}

// Commands, options and the choices of arguments that may stand at a place.
std::vector<std::string> words_at(const CommandDescription& command) {
  std::vector<std::string> words;
  for (const CommandDescription& inner : command.commands) words.push_back(inner.name);
  for (const ValueDescription& argument : command.arguments) {
    words.insert(words.end(), argument.choices.begin(), argument.choices.end());
  }
  for (const OptionDescription& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

bool takes_files(const CommandDescription& command) {
  return std::any_of(command.arguments.begin(), command.arguments.end(),
                     [](const ValueDescription& argument) { return argument.is_file; });
}

std::string bash_value(const ValueDescription& value) {
  if (value.is_file) return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
  return value.choices.empty()
             ? ":"
             : "COMPREPLY=($(compgen -W '" + joined(value.choices, " ") + "' -- \"$current\"))";
}

std::string zsh_value(const ValueDescription& value) {
  if (value.is_file) return "_files";
  return value.choices.empty() ? "_message value" : "compadd -- " + joined(value.choices, " ");
}

// What `_describe` takes: 'word:what it is'.
std::string zsh_candidate(const std::string& word, const std::string& doc) {
  std::string escaped;
  for (const char symbol : word) escaped.append(symbol == ':' ? "\\:" : std::string(1, symbol));
  return quoted(escaped + ":" + doc, shell_quote);
}

}  // namespace

std::string bash_completion(const CommandDescription& root) {
  const std::string& name = root.name;
  std::string values;
  std::string places;
  walk(root, [&](const CommandDescription& command, const std::string& place) {
    for (const OptionDescription& option : command.options) {
      if (!option.takes_value) continue;
      values += "    " + option_pattern(place, option) + ") " + bash_value(option.value) + "; return ;;\n";
    }
    places += "    " + place + ") words='" + joined(words_at(command), " ") + "'";
    places += takes_files(command) ? "; files=1 ;;\n" : " ;;\n";
  });
  return "# bash completion of " + name + ": source <(" + name + " completion bash)\n_" + name + "() {\n" +
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" place=" + name + " words='' files=0 index\n" +
         "  local previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  # --option=value comes as three words.\n"
         "  if [ \"$current\" = = ]; then current=''\n"
         "  elif [ \"$previous\" = = ]; then previous=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi\n"
         "  COMPREPLY=()\n"
         "  for ((index = 1; index < COMP_CWORD; index++)); do\n"
         "    case \"$place/${COMP_WORDS[index]}\" in\n      " +
         place_pattern(root) + ") place=\"$place/${COMP_WORDS[index]}\" ;;\n    esac\n  done\n" +
         "  case \"$place:$previous\" in\n" + values + "  esac\n  case \"$place\" in\n" + places +
         "  esac\n"
         "  if [ $files = 1 ] && [[ \"$current\" != -* ]]; then\n"
         "    compopt -o filenames\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    return\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\ncomplete -F _" +
         name + " " + name + "\n";
}

std::string zsh_completion(const CommandDescription& root) {
  const std::string& name = root.name;
  std::string values;
  std::string places;
  walk(root, [&](const CommandDescription& command, const std::string& place) {
    places += "    " + place + ")\n      candidates=(";
    for (const CommandDescription& inner : command.commands) {
      places += "\n        " + zsh_candidate(inner.name, inner.doc);
    }
    for (const OptionDescription& option : command.options) {
      for (const std::string& word : option.names) places += "\n        " + zsh_candidate(word, option.doc);
      if (!option.takes_value) continue;
      values += "    " + option_pattern(place, option) + ") " + zsh_value(option.value) + "; return ;;\n";
    }
    places += "\n      )\n";
    for (const ValueDescription& argument : command.arguments) {
      if (argument.is_file || !argument.choices.empty()) places += "      " + zsh_value(argument) + "\n";
    }
    places += "      ;;\n";
  });
  return "#compdef " + name + "\n# zsh completion of " + name + ": source <(" + name + " completion zsh)\n_" +
         name + "() {\n  local place=" + name + " word\n  local -a candidates\n" +
         "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n    case \"$place/$word\" in\n      " +
         place_pattern(root) + ") place=\"$place/$word\" ;;\n    esac\n  done\n" +
         "  case \"$place:${words[CURRENT-1]}\" in\n" + values + "  esac\n  case \"$place\" in\n" + places +
         "  esac\n  _describe " + name + " candidates\n}\ncompdef _" + name + " " + name + "\n";
}

std::string fish_completion(const CommandDescription& root) {
  const std::string& name = root.name;
  std::string text = "# fish completion of " + name + ": " + name + " completion fish | source\n" +
                     "function __" + name + "_at\n  set -l place " + name +
                     "\n  for word in (commandline -opc)[2..-1]\n    switch $place/$word\n      case";
  walk(root, [&](const CommandDescription& command, const std::string& place) {
    for (const CommandDescription& inner : command.commands) text += " " + place + "/" + inner.name;
  });
  text += "\n        set place $place/$word\n    end\n  end\n  test $place = $argv[1]\nend\ncomplete -c " +
          name + " -f\n";
  walk(root, [&](const CommandDescription& command, const std::string& place) {
    const std::string line = "complete -c " + name + " -n '__" + name + "_at " + place + "'";
    for (const CommandDescription& inner : command.commands) {
      text += line + " -a " + inner.name + " -d " + quoted(inner.doc, fish_quote) + "\n";
    }
    for (const ValueDescription& argument : command.arguments) {
      if (argument.is_file) text += line + " -F\n";
      if (!argument.choices.empty()) text += line + " -a '" + joined(argument.choices, " ") + "'\n";
    }
    for (const OptionDescription& option : command.options) {
      text += line;
      for (const std::string& word : option.names) {
        text += word.starts_with("--") ? " -l " + word.substr(2) : " -s " + word.substr(1);
      }
      if (option.takes_value) text += option.value.is_file ? " -r -F" : " -x";
      if (!option.value.choices.empty()) text += " -a '" + joined(option.value.choices, " ") + "'";
      text += " -d " + quoted(option.doc, fish_quote) + "\n";
    }
  });
  return text;
}

}  // namespace shoal::command
