#pragma once
// A mock cluster in a child process, in a directory that goes with it.

#include <signal.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace shoal::kafka {

class MockProcess {
 public:
  explicit MockProcess(const std::vector<std::pair<std::string, int>>& topics,
                       const std::string& bootstrap_name = "b");
  ~MockProcess();
  MockProcess(const MockProcess&) = delete;
  MockProcess& operator=(const MockProcess&) = delete;

  // Waits until clients may connect; empty if the process ended before.
  std::string bootstrap_servers() const { return bootstrap_servers_; }
  // Everything it printed so far on stdout up to the end of a line.
  const std::string& output() const { return output_; }
  const std::filesystem::path& directory() const { return directory_; }
  void signal(int number) const { kill(process_, number); }
  // Waits for the end: its exit code, or minus the signal that ended it.
  int wait();

 private:
  std::filesystem::path directory_;
  std::string output_;
  std::string bootstrap_servers_;
  pid_t process_ = -1;
};

}  // namespace shoal::kafka
