#include "cluster/transport/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace shoal::transport {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

Error system_error(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  return error(code == ENOENT ? ErrorCode::not_found : ErrorCode::failed,
               path.string() + " cannot be " + what + ": " + std::strerror(code));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

// The complete text under a name that nobody else uses, beside where it is to be.
Result<std::string> write_beside(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  std::string name = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "written");
  if (::fchmod(file.get(), mode) == 0 && write_all(file.get(), text)) return name;
  const Error failed = system_error(path, "written");
  ::unlink(name.c_str());
  return failed;
}

// A rename is on disk when its directory is.
Result<void> sync_directory(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return system_error(parent, "synced");
  return success();
}

}  // namespace

Result<FileText> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "read");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(path, "read");
  FileText read{{}, status.st_mode};
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t size = ::read(file.get(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(path, "read");
    if (size == 0) return read;
    read.text.append(part.data(), static_cast<std::size_t>(size));
    if (read.text.size() > key_file_bytes_max) {
      return error(ErrorCode::bad_config, path.string() + " is longer than 1 MiB: it is no file of keys");
    }
  }
}

Result<void> create_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  SHOAL_TRY(name, write_beside(path, text, mode));
  // Unlike a rename, a link never takes the place of a file.
  const bool linked = ::link(name.c_str(), path.c_str()) == 0;
  const int code = errno;
  ::unlink(name.c_str());
  if (linked) return sync_directory(path);
  if (code == EEXIST) {
    return error(ErrorCode::already_exists, path.string() + " exists: it is left as it is");
  }
  errno = code;
  return system_error(path, "written");
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  SHOAL_TRY(name, write_beside(path, text, mode));
  if (::rename(name.c_str(), path.c_str()) != 0) {
    const Error failed = system_error(path, "written");
    ::unlink(name.c_str());
    return failed;
  }
  return sync_directory(path);
}

std::vector<FileLine> lines_of(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<FileLine> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    FileLine words{number, {}};
    for (;;) {
      line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
      if (line.empty()) break;
      words.words.push_back(line.substr(0, line.find_first_of(blanks)));
      line.remove_prefix(words.words.back().size());
    }
    if (!words.words.empty() && words.words[0][0] != '#') lines.push_back(std::move(words));
  }
  return lines;
}

Error line_error(const std::filesystem::path& path, std::size_t line, std::string_view problem) {
  return error(ErrorCode::bad_config,
               path.string() + ":" + std::to_string(line) + ": " + std::string(problem));
}

}  // namespace shoal::transport
