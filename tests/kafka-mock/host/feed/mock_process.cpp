#include "tests/kafka-mock/host/feed/mock_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::kafka {

MockProcess::MockProcess(const std::vector<std::pair<std::string, int>>& topics,
                         const std::string& bootstrap_name) {
  std::string pattern = testing::TempDir() + "shoal-mock-XXXXXX";
  directory_ = mkdtemp(pattern.data());
  std::vector<std::string> words{SHOAL_MOCK_CLUSTER_PROCESS, (directory_ / bootstrap_name).string()};
  for (const auto& [name, partition_count] : topics) {
    words.push_back(name);
    words.push_back(std::to_string(partition_count));
  }
  std::vector<char*> arguments;
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);

  int output[2] = {-1, -1};
  EXPECT_EQ(pipe2(output, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  EXPECT_EQ(posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  // Blocks until the line is there or the process has ended: ctest's timeout is the deadline.
  for (char character = 0; !output_.ends_with('\n') && read(output[0], &character, 1) == 1;) {
    output_ += character;
  }
  close(output[0]);
  constexpr std::string_view opening = "bootstrap servers: ";
  if (output_.starts_with(opening)) {
    bootstrap_servers_ = output_.substr(opening.size(), output_.size() - opening.size() - 1);
  }
}

MockProcess::~MockProcess() {
  if (process_ > 0) {
    signal(SIGKILL);
    wait();
  }
  std::filesystem::remove_all(directory_);
}

int MockProcess::wait() {
  int status = 0;
  EXPECT_EQ(waitpid(process_, &status, 0), process_);
  process_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace shoal::kafka
