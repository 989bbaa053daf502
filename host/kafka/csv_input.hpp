#pragma once
// The bytes of a file, unpacked if it is gzip. Reads a piece at a time: memory does not grow with the file.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

// One thread at a time. Errors name the file.
class CsvInput {
 public:
  static Result<CsvInput> open(const std::filesystem::path& file);

  // Fills the front of `buffer`; 0 at the end of the file. A file cut short or damaged is an error, not an
  // end.
  Result<std::size_t> read(std::span<char> buffer);

  // Bytes of the file itself (packed, where it is gzip): what the end of the work is estimated from.
  std::uint64_t bytes_read() const;
  std::uint64_t bytes_size() const { return bytes_size_; }

 private:
  struct Close {
    void operator()(void* file) const;
  };

  CsvInput(std::filesystem::path file, void* handle, std::uint64_t bytes_size)
      : file_(std::move(file)), handle_(handle), bytes_size_(bytes_size) {}

  std::filesystem::path file_;
  std::unique_ptr<void, Close> handle_;  // zlib's gzFile, which only csv_input.cpp knows
  std::uint64_t bytes_size_;
};

}  // namespace shoal::kafka
