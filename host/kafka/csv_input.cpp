#include "host/kafka/csv_input.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

namespace shoal::kafka {
namespace {

constexpr unsigned packed_buffer_bytes = 64 * 1024;

gzFile as_gz(void* handle) { return static_cast<gzFile>(handle); }

}  // namespace

void CsvInput::Close::operator()(void* file) const { gzclose_r(as_gz(file)); }

Result<CsvInput> CsvInput::open(const std::filesystem::path& file) {
  std::error_code status;
  const auto kind = std::filesystem::status(file, status);
  if (!std::filesystem::exists(kind)) {
    return error(ErrorCode::not_found, "cannot read " + file.string() + ": no such file");
  }
  if (std::filesystem::is_directory(kind)) {
    return error(ErrorCode::invalid_argument, "cannot read " + file.string() + ": it is a directory");
  }
  // A pipe has no size; then no time left is shown.
  const auto size = std::filesystem::is_regular_file(kind) ? std::filesystem::file_size(file, status) : 0;
  errno = 0;
  gzFile handle = gzopen(file.c_str(), "rb");
  if (handle == nullptr) {
    return error(ErrorCode::failed, "cannot read " + file.string() + ": " + std::strerror(errno));
  }
  gzbuffer(handle, packed_buffer_bytes);
  return CsvInput{file, handle, status ? 0 : size};
}

Result<std::size_t> CsvInput::read(std::span<char> buffer) {
  gzFile handle = as_gz(handle_.get());
  constexpr std::size_t read_bytes_max = std::numeric_limits<int>::max();
  const auto wanted = static_cast<unsigned>(std::min(buffer.size(), read_bytes_max));
  const int got = gzread(handle, buffer.data(), wanted);
  int code = Z_OK;
  const char* text = gzerror(handle, &code);
  if (got > 0) {
    return static_cast<std::size_t>(got);
  }
  if (code == Z_BUF_ERROR) {
    return error(ErrorCode::failed, file_.string() + " ends in the middle of its gzip data: fetch it again");
  }
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    return error(ErrorCode::failed,
                 "cannot read " + file_.string() + ": " + (code == Z_ERRNO ? std::strerror(errno) : text));
  }
  return std::size_t{0};
}

std::uint64_t CsvInput::bytes_read() const {
  const auto offset = gzoffset(as_gz(handle_.get()));
  return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}

}  // namespace shoal::kafka
