#pragma once
// DataDirectory: the host's own directory on disk, locked for as long as this object lives, so that two hosts
// never share one. The kernel frees the lock when the process ends, however it ends. [control]

#include <filesystem>

#include "shoal/base/result.hpp"

namespace shoal::host {

class DataDirectory {
 public:
  // Creates the directory where it is missing. already_exists: another process holds the lock.
  static Result<DataDirectory> lock(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path module_copies() const { return path_ / "modules"; }
  // The shard logs, where the configuration names no other directory.
  std::filesystem::path journal() const { return path_ / "journal"; }
  // The state store, where it names no other one.
  std::filesystem::path state_store() const { return path_ / "state-store"; }

 private:
  DataDirectory(std::filesystem::path path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::filesystem::path path_;
  int lock_fd_;
};

}  // namespace shoal::host
