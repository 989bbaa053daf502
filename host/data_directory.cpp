#include "host/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace shoal::host {

Result<DataDirectory> DataDirectory::lock(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) {
    return error(ErrorCode::failed,
                 "node.data_dir " + path.string() + " cannot be created: " + failed.message());
  }
  const std::filesystem::path lock_path = path / "lock";
  const int fd = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return error(ErrorCode::failed,
                 "node.data_dir: " + lock_path.string() + " cannot be opened: " + std::strerror(errno));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return error(
        ErrorCode::already_exists,
        "node.data_dir " + path.string() + " is in use by another host: stop it or choose another directory");
  }
  return DataDirectory(path, fd);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace shoal::host
