#include "raw_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "local_lanes.hpp"

namespace shoal::bench {

RawFile::RawFile(const std::filesystem::path& path, std::uint64_t bytes)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644)), bytes_(bytes) {
  if (fd_ < 0) fail(path.string() + " cannot be made");
  const std::vector<char> zeros(1024 * 1024, '\0');
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    if (::write(fd_, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size())) {
      fail(path.string() + " has no room");
    }
  }
  if (::fdatasync(fd_) != 0) fail(path.string() + " cannot be synced");
}

RawFile::~RawFile() {
  ::close(fd_);
  std::filesystem::remove(path_);
}

void RawFile::write_and_sync(std::size_t bytes) {
  if (at_ + bytes > bytes_) fail("the raw file is too short");
  if (buffer_.size() < bytes) buffer_.resize(bytes, 'x');
  const ssize_t written = ::pwrite(fd_, buffer_.data(), bytes, static_cast<off_t>(at_));
  if (written != static_cast<ssize_t>(bytes)) fail("the raw file cannot be written");
  if (::fdatasync(fd_) != 0) fail("the raw file cannot be synced");
  at_ += bytes;
}

double seconds_to_write(const std::filesystem::path& path, std::span<const std::size_t> sizes) {
  RawFile file(path, std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}));
  const auto begin = std::chrono::steady_clock::now();
  for (const std::size_t size : sizes) file.write_and_sync(size);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace shoal::bench
