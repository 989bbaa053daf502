#include "journal/posix_storage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace shoal::journal {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
      return ErrorCode::not_found;
    case EEXIST:
      return ErrorCode::already_exists;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::overloaded;
    default:
      return ErrorCode::failed;
  }
}

Error failure(const char* what, const std::string& path) {
  const int number = errno;
  return error(code_of(number), path + ": " + what + ": " + std::strerror(number));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      const ssize_t read =
          ::pread(fd_.get(), to.data() + done, to.size() - done, static_cast<off_t>(at + done));
      if (read == 0) break;
      if (read < 0 && errno != EINTR) return failure("cannot be read", path_);
      if (read > 0) done += static_cast<std::size_t>(read);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t at, std::string_view bytes) override {
    SHOAL_TRYV(write_all(at, bytes));
    if (bytes.size() >= early_bytes_min) begin_writing(at, bytes.size());
    return success();
  }

  // Room alone would do to know that there is enough; zeros spare the file system from noting, at every sync,
  // which of the room has been written.
  Result<void> fill_with_zeros(std::uint64_t bytes) override {
    static const std::string zeros(1024 * 1024, '\0');
    errno = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(bytes));
    if (errno != 0 && errno != EOPNOTSUPP && errno != EINVAL) return failure("has no room to grow", path_);
    for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
      const std::uint64_t size = std::min<std::uint64_t>(zeros.size(), bytes - at);
      SHOAL_TRYV(write_all(at, std::string_view(zeros).substr(0, size)));
    }
    return success();
  }

  Result<void> datasync() override {
    if (::fdatasync(fd_.get()) != 0) return failure("cannot be synced", path_);
    return success();
  }

  Result<bool> lock() override {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failure("cannot be locked", path_);
  }

 private:
  static constexpr std::uint64_t page_bytes = 4096;
  static constexpr std::size_t early_bytes_min = 128 * 1024;

  Result<void> write_all(std::uint64_t at, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (written < 0 && errno != EINTR) return failure("cannot be written", path_);
      if (written <= 0) continue;
      bytes.remove_prefix(static_cast<std::size_t>(written));
      at += static_cast<std::uint64_t>(written);
    }
    return success();
  }

  // So that the disk has begun when the sync comes. It promises nothing, and what fails here fails the sync.
  // The last page may be written to again.
  void begin_writing(std::uint64_t at, std::uint64_t bytes) {
    const std::uint64_t end = (at + bytes) / page_bytes * page_bytes;
    (void)::sync_file_range(fd_.get(), static_cast<off_t>(at), static_cast<off_t>(end - at),
                            SYNC_FILE_RANGE_WRITE);
  }

  Descriptor fd_;
  std::string path_;
};

struct NetworkFileSystem {
  std::uint64_t magic;
  const char* name;
};

constexpr NetworkFileSystem network_file_systems[] = {
    {0x6969, "NFS"},      {0xff534d42, "CIFS"},   {0xfe534d42, "SMB2"}, {0x517b, "SMB"},
    {0x01021997, "9P"},   {0x00c36400, "Ceph"},   {0x5346414f, "AFS"},  {0x6b414653, "AFS"},
    {0x73757245, "Coda"}, {0x0bd00bd0, "Lustre"}, {0x01161970, "GFS2"}, {0x7461636f, "OCFS2"},
    {0x564c, "NCP"},      {0x65735546, "FUSE"},   {0x47504653, "GPFS"}, {0x013111a8, "IBRIX"},
};

}  // namespace

const char* network_file_system(std::uint64_t magic) {
  for (const NetworkFileSystem& each : network_file_systems) {
    if (each.magic == magic) return each.name;
  }
  return nullptr;
}

Result<std::unique_ptr<PosixStorage>> PosixStorage::open(const std::string& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return error(ErrorCode::failed, directory + ": cannot be made: " + failed.message());
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return failure("cannot be opened", directory);
  struct statfs about {};
  if (::fstatfs(fd.get(), &about) != 0) return failure("cannot be looked at", directory);
  const auto magic = static_cast<std::uint32_t>(about.f_type);
  if (const char* name = network_file_system(magic)) {
    return error(ErrorCode::refused, directory + " is on a network file system (" + name +
                                         "): choose a directory on a local disk");
  }
  const int duplicate = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return failure("cannot be opened", directory);
  return std::unique_ptr<PosixStorage>(new PosixStorage(directory, duplicate));
}

PosixStorage::~PosixStorage() { ::close(fd_); }

Error PosixStorage::failed(const char* what, const std::string& path) const {
  return failure(what, directory_ + "/" + path);
}

Result<std::unique_ptr<File>> PosixStorage::open_with(const std::string& path, int flags) {
  Descriptor fd(::openat(fd_, path.c_str(), flags | O_CLOEXEC, 0644));
  if (fd.get() < 0) return failed((flags & O_CREAT) != 0 ? "cannot be made" : "cannot be opened", path);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), directory_ + "/" + path));
}

Result<std::unique_ptr<File>> PosixStorage::create(const std::string& path) {
  return open_with(path, O_RDWR | O_CREAT | O_EXCL);
}

Result<std::unique_ptr<File>> PosixStorage::open(const std::string& path, Access access) {
  return open_with(path, access == Access::read ? O_RDONLY : O_RDWR);
}

Result<bool> PosixStorage::exists(const std::string& path) {
  if (::faccessat(fd_, path.c_str(), F_OK, 0) == 0) return true;
  if (errno == ENOENT) return false;
  return failed("cannot be looked for", path);
}

Result<std::vector<std::string>> PosixStorage::list(const std::string& path) {
  const int fd = ::openat(fd_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("cannot be listed", path);
  DIR* const directory = ::fdopendir(fd);
  if (directory == nullptr) {
    const Error reason = failed("cannot be listed", path);
    ::close(fd);
    return reason;
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  const int number = errno;
  ::closedir(directory);
  errno = number;
  if (number != 0) return failed("cannot be listed", path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixStorage::make_directory(const std::string& path) {
  if (::mkdirat(fd_, path.c_str(), 0755) == 0 || errno == EEXIST) return success();
  return failed("cannot be made", path);
}

Result<void> PosixStorage::sync_directory(const std::string& path) {
  const Descriptor fd(::openat(fd_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return failed("cannot be opened", path);
  if (::fsync(fd.get()) != 0) return failed("cannot be synced", path);
  return success();
}

Result<void> PosixStorage::remove(const std::string& path) {
  if (::unlinkat(fd_, path.c_str(), 0) == 0 || errno == ENOENT) return success();
  return failed("cannot be removed", path);
}

Result<void> PosixStorage::rename(const std::string& from, const std::string& to) {
  if (::renameat(fd_, from.c_str(), fd_, to.c_str()) == 0) return success();
  return failed("cannot be renamed", from);
}

Result<void> PosixStorage::link(const std::string& from, const std::string& to) {
  if (::linkat(fd_, from.c_str(), fd_, to.c_str(), 0) == 0) return success();
  return failed("cannot be made", to);
}

}  // namespace shoal::journal
