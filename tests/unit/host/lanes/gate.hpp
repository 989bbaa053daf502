#pragma once
// Gate: what a turn of the module "script" blocks on until a test lets it go.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace shoal::lanes {

// A FIFO that one turn blocks on, from when it opens it until `open`.
class Gate {
 public:
  explicit Gate(std::filesystem::path path) : path_(std::move(path)) {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
  }
  ~Gate() {
    if (writer_ < 0) writer_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    open();
    std::filesystem::remove(path_);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::string command() const { return "block " + path_.string(); }
  std::string command(const std::string& verb) const { return verb + " " + path_.string(); }

  // Whether a turn blocks on it, as soon as one does.
  bool is_reached() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (writer_ < 0 && std::chrono::steady_clock::now() < deadline) {
      writer_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      if (writer_ < 0) std::this_thread::yield();
    }
    return writer_ >= 0;
  }
  void open() {
    if (writer_ >= 0) close(writer_);
    writer_ = -1;
  }

 private:
  std::filesystem::path path_;
  int writer_ = -1;
};

}  // namespace shoal::lanes
