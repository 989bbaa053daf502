#pragma once
// Runs the built `shoal` once, to its end, with an environment of the test's own.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace shoal::command {

struct Outcome {
  int exit_code = -1;  // -1: it did not end by itself
  std::string out;
  std::string err;
};

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Requires: the arguments end the program by themselves.
inline Outcome run_shoal(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  const std::string stem = testing::TempDir() + "shoal_process_" + std::to_string(::getpid());
  const std::string out = stem + ".out";
  const std::string err = stem + ".err";
  arguments.insert(arguments.begin(), SHOAL_BINARY);
  std::vector<char*> argument_pointers;
  for (std::string& argument : arguments) argument_pointers.push_back(argument.data());
  argument_pointers.push_back(nullptr);
  std::vector<char*> environment_pointers;
  for (std::string& variable : environment) environment_pointers.push_back(variable.data());
  environment_pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process = 0;
  const int spawned = posix_spawn(&process, SHOAL_BINARY, &actions, nullptr, argument_pointers.data(),
                                  environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(spawned, 0) << SHOAL_BINARY;
  Outcome outcome;
  int status = 0;
  if (spawned == 0 && ::waitpid(process, &status, 0) == process && WIFEXITED(status)) {
    outcome.exit_code = WEXITSTATUS(status);
  }
  outcome.out = file_text(out);
  outcome.err = file_text(err);
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  return outcome;
}

}  // namespace shoal::command
