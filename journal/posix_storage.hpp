#pragma once
// PosixStorage: a directory of a local file system. Any thread may call, each file from one at a time.

#include <cstdint>
#include <memory>
#include <string>

#include "journal/storage.hpp"

namespace shoal::journal {

class PosixStorage final : public Storage {
 public:
  // Makes the directory where it is missing. refused: it is on a network file system, whose promises about
  // O_EXCL, locks and syncs are not those of a kernel that all owners share.
  static Result<std::unique_ptr<PosixStorage>> open(const std::string& directory);
  ~PosixStorage() override;
  PosixStorage(const PosixStorage&) = delete;
  PosixStorage& operator=(const PosixStorage&) = delete;

  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path, Access access) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> link(const std::string& from, const std::string& to) override;

 private:
  PosixStorage(std::string directory, int fd) : directory_(std::move(directory)), fd_(fd) {}
  Error failed(const char* what, const std::string& path) const;
  Result<std::unique_ptr<File>> open_with(const std::string& path, int flags);

  std::string directory_;
  int fd_;
};

// The name of a network file system by the magic number that statfs gives; null for all others.
const char* network_file_system(std::uint64_t magic);

}  // namespace shoal::journal
