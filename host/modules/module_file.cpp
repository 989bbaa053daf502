#include "host/modules/module_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::modules {

namespace {

namespace fs = std::filesystem;

std::string reason_of(int number) { return std::generic_category().message(number); }

Error failed(const fs::path& path, const std::string& reason) {
  return error(ErrorCode::failed, "module file " + path.string() + ": " + reason);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// A file that shrinks or grows meanwhile gives what was there while it was read; the ELF check judges that.
Result<std::vector<std::byte>> read_bytes(const fs::path& path) {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number() < 0) {
    const int number = errno;
    return error(number == ENOENT ? ErrorCode::not_found : ErrorCode::failed,
                 "module file " + path.string() + ": cannot be read: " + reason_of(number));
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) {
    return failed(path, "cannot be read: " + reason_of(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return failed(path, "is a directory: name the shared library in it");
  }
  if (!S_ISREG(status.st_mode)) {
    return failed(path, "is not a regular file");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > module_file_bytes_max) {
    return failed(path, "has " + std::to_string(size) + " bytes, at most 1 GiB is allowed: strip it");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.number(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed(path, "cannot be read: " + reason_of(errno));
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

std::string sha256_of(std::span<const std::byte> bytes) {
  SHOAL_ASSERT(::sodium_init() >= 0);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  ::crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text{};
  ::sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

bool has_content(const fs::path& path, const std::string& sha256) {
  const auto bytes = read_bytes(path);
  return bytes.has_value() && sha256_of(bytes.value()) == sha256;
}

Result<void> write_bytes(const fs::path& path, std::span<const std::byte> bytes) {
  ::unlink(path.c_str());
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500)};
  if (file.number() < 0) {
    return failed(path, "cannot be written: " + reason_of(errno));
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return failed(path, "cannot be written: " + reason_of(errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return success();
}

}  // namespace

fs::path resolve_module_path(const fs::path& path) {
  std::error_code code;
  fs::path resolved = fs::canonical(path, code);
  if (code) {
    resolved = fs::absolute(path, code).lexically_normal();
  }
  return resolved;
}

Result<ModuleFile> read_module_file(const fs::path& path) {
  ModuleFile file;
  file.source = resolve_module_path(path);
  SHOAL_TRY(bytes, read_bytes(file.source));
  auto elf = check_elf(bytes);
  if (!elf) {
    return failed(file.source, elf.error().message);
  }
  file.elf = std::move(elf).value();
  file.sha256 = sha256_of(bytes);
  file.bytes = std::move(bytes);
  return file;
}

Result<fs::path> copy_module_file(const ModuleFile& file, const fs::path& copies_dir) {
  std::error_code code;
  const fs::path directory = fs::absolute(copies_dir, code).lexically_normal();
  fs::create_directories(directory, code);
  if (code) {
    return failed(file.source, "cannot be copied to " + directory.string() + ": " + code.message());
  }
  const fs::path copy = directory / (file.sha256 + ".so");
  if (has_content(copy, file.sha256)) {
    return copy;
  }
  const fs::path unfinished = directory / (file.sha256 + ".unfinished");
  SHOAL_TRYV(write_bytes(unfinished, file.bytes));
  fs::rename(unfinished, copy, code);
  if (code) {
    return failed(file.source, "cannot be copied to " + copy.string() + ": " + code.message());
  }
  return copy;
}

}  // namespace shoal::modules
