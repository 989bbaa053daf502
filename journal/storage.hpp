#pragma once
// Storage: all that the journal asks of a disk, and the one seam where tests put another under it.
// Synchronous.
//
// Paths are relative to the journal's directory, with '/' between names. What is written is on the disk after
// `datasync` of the file; a name is made, gone or moved for good after `sync_directory` of its directory.
// Errors name the path; their codes: not_found, already_exists, overloaded (the disk is full), failed (all
// else).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::journal {

class File {
 public:
  virtual ~File() = default;
  // Fewer bytes than there is room for: the file ends there.
  virtual Result<std::size_t> read_at(std::uint64_t at, std::span<char> to) = 0;
  // All of it or an error, after which any part of it may be there.
  virtual Result<void> write_at(std::uint64_t at, std::string_view bytes) = 0;
  // Makes the file so long, all zeros that take their room on the disk. Requires: it is empty.
  virtual Result<void> fill_with_zeros(std::uint64_t bytes) = 0;
  // After an error nothing more is to be believed of this file, not even that it works the next time.
  virtual Result<void> datasync() = 0;
  // False: another one holds it. Held until this object goes, or its process, however that ends.
  virtual Result<bool> lock() = 0;
};

enum class Access : std::uint8_t { read, read_and_write };

class Storage {
 public:
  virtual ~Storage() = default;
  // already_exists: somebody was first.
  virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Access access) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  // The names in a directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  // Nothing where it is there.
  virtual Result<void> make_directory(const std::string& path) = 0;
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Nothing where it is gone.
  virtual Result<void> remove(const std::string& path) = 0;
  // The file has the other name from now on, which no other one has. not_found: there is no such file.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  // The file has a second name from now on. already_exists: the name is taken.
  virtual Result<void> link(const std::string& from, const std::string& to) = 0;
};

}  // namespace shoal::journal
