#pragma once
// RawFile: the floor of the rows of the journal: a file that was filled with zeros before, and what writing
// and syncing it takes. What fails ends the program.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace shoal::bench {

class RawFile {
 public:
  RawFile(const std::filesystem::path& path, std::uint64_t bytes);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  // Behind what was written before. Requires: there is room.
  void write_and_sync(std::size_t bytes);

 private:
  std::filesystem::path path_;
  int fd_;
  std::uint64_t bytes_;
  std::uint64_t at_ = 0;
  std::vector<char> buffer_;
};

// Seconds that it takes to write pieces of these sizes, each synced before the next one.
double seconds_to_write(const std::filesystem::path& path, std::span<const std::size_t> sizes);

}  // namespace shoal::bench
