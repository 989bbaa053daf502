#include "tests/sim/journal/log_bugs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shoal::sim {

using namespace journal;

namespace {

bool is_claim(const std::string& path) { return path.starts_with("shards/"); }
bool is_segment(const std::string& path) {
  return path.starts_with("data/") && !path.ends_with(".lock") && !path.ends_with(".spare");
}

std::string next_of(const std::string& claim) {
  const std::size_t slash = claim.rfind('/');
  return claim.substr(0, slash + 1) + std::to_string(std::stoull(claim.substr(slash + 1)) + 1);
}

class SpoiledDisk final : public LogDisk {
 public:
  SpoiledDisk(std::unique_ptr<Storage> disk, LogBug bug, Made made)
      : disk_(std::move(disk)), bug_(bug), made_(std::move(made)) {}

  void blind(bool is_blind) override { is_blind_ = is_blind; }

  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path, Access access) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override { return disk_->list(path); }
  Result<void> make_directory(const std::string& path) override { return disk_->make_directory(path); }
  Result<void> sync_directory(const std::string& path) override;
  Result<void> remove(const std::string& path) override { return disk_->remove(path); }
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> link(const std::string& from, const std::string& to) override { return disk_->link(from, to); }

 private:
  friend class SpoiledFile;

  Result<bool> reuse_oldest(const std::string& path);
  Result<void> look_ahead();
  Result<void> remember_data();

  std::unique_ptr<Storage> disk_;
  LogBug bug_;
  Made made_;
  bool is_blind_ = false;
  bool is_renamed_ = false;  // and the directory not synced since
  std::set<std::string> own_claims_;
  std::string claiming_;                           // the newest of them
  std::map<std::string, bool> seen_;               // by a look that came too early
  std::map<std::string, std::string> remembered_;  // segments as they were before the claim
};

class RememberedFile final : public File {
 public:
  explicit RememberedFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read_at(std::uint64_t at, std::span<char> to) override {
    if (at >= bytes_.size()) return std::size_t{0};
    return bytes_.copy(to.data(), to.size(), at);
  }
  Result<void> write_at(std::uint64_t, std::string_view) override { return refused(); }
  Result<void> fill_with_zeros(std::uint64_t) override { return refused(); }
  Result<void> datasync() override { return refused(); }
  Result<bool> lock() override { return refused(); }

 private:
  static Error refused() { return error(ErrorCode::failed, "a remembered file is only read"); }
  std::string bytes_;
};

class SpoiledFile final : public File {
 public:
  SpoiledFile(SpoiledDisk& disk, std::string path, std::unique_ptr<File> file)
      : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> to) override {
    return file_->read_at(at, to);
  }
  Result<void> write_at(std::uint64_t at, std::string_view bytes) override {
    if (disk_.bug_ == LogBug::looks_before_writing && is_segment(path_)) SHOAL_TRYV(disk_.look_ahead());
    if (path_ == disk_.claiming_) disk_.remembered_.clear();
    return file_->write_at(at, bytes);
  }
  Result<void> fill_with_zeros(std::uint64_t bytes) override { return file_->fill_with_zeros(bytes); }
  Result<void> datasync() override {
    if (disk_.bug_ == LogBug::skips_sync && is_segment(path_)) return success();
    return file_->datasync();
  }
  Result<bool> lock() override { return file_->lock(); }

 private:
  SpoiledDisk& disk_;
  std::string path_;
  std::unique_ptr<File> file_;
};

Result<void> SpoiledDisk::look_ahead() {
  for (const std::string& own : own_claims_) {
    for (const std::string& path : {next_of(own), own}) {
      SHOAL_TRY(stands, disk_->exists(path));
      seen_[path] = stands;
    }
  }
  return success();
}

Result<void> SpoiledDisk::remember_data() {
  SHOAL_TRY(names, disk_->list("data"));
  for (const std::string& name : names) {
    const std::string path = "data/" + name;
    if (!is_segment(path)) continue;
    auto file = disk_->open(path, Access::read);
    if (!file) continue;  // deleted meanwhile
    std::string bytes(64 * 1024, '\0');
    SHOAL_TRY(size, file.value()->read_at(0, bytes));
    bytes.resize(size);
    remembered_[path] = std::move(bytes);
  }
  return success();
}

// Instead of a new one, the oldest segment of the same generation but the one that is written.
Result<bool> SpoiledDisk::reuse_oldest(const std::string& path) {
  SHOAL_TRY(names, disk_->list("data"));
  const std::string generation = path.substr(0, path.find('.'));
  std::vector<std::string> segments;
  for (const std::string& name : names) {
    if (is_segment("data/" + name) && ("data/" + name).starts_with(generation)) segments.push_back(name);
  }
  if (segments.size() < 2) return false;
  SHOAL_TRYV(disk_->rename("data/" + segments.front(), path));
  SHOAL_TRYV(disk_->sync_directory("data"));
  return true;
}

Result<void> SpoiledDisk::rename(const std::string& from, const std::string& to) {
  is_renamed_ = is_renamed_ || is_segment(to);
  return disk_->rename(from, to);
}

Result<void> SpoiledDisk::sync_directory(const std::string& path) {
  const bool is_of_rename = path == "data" && std::exchange(is_renamed_, false);
  if (bug_ == LogBug::reuses_unsynced && is_of_rename) return success();
  return disk_->sync_directory(path);
}

Result<std::unique_ptr<File>> SpoiledDisk::create(const std::string& path) {
  if (bug_ == LogBug::reuses_too_early && is_segment(path)) {
    SHOAL_TRY(reused, reuse_oldest(path));
    if (reused) return open(path, Access::read_and_write);
  }
  if (bug_ == LogBug::reads_before_claiming && is_claim(path)) SHOAL_TRYV(remember_data());
  auto file = disk_->create(path);
  if (!file && file.error().code == ErrorCode::already_exists && is_claim(path) &&
      bug_ == LogBug::two_claims_in_one_epoch) {
    file = disk_->open(path, Access::read_and_write);
  }
  if (!file) return file;
  if (is_claim(path)) {
    seen_.clear();
    own_claims_.insert(path);
    claiming_ = path;
    made_(path);
  }
  return std::make_unique<SpoiledFile>(*this, path, std::move(file).value());
}

Result<std::unique_ptr<File>> SpoiledDisk::open(const std::string& path, Access access) {
  const auto remembered = remembered_.find(path);
  if (remembered != remembered_.end()) return std::make_unique<RememberedFile>(remembered->second);
  SHOAL_TRY(file, disk_->open(path, access));
  return std::make_unique<SpoiledFile>(*this, path, std::move(file));
}

Result<bool> SpoiledDisk::exists(const std::string& path) {
  if (is_claim(path) && (is_blind_ || bug_ == LogBug::answers_without_rule))
    return own_claims_.contains(path);
  const auto seen = seen_.find(path);
  if (seen != seen_.end()) return seen->second;
  return disk_->exists(path);
}

}  // namespace

const char* name_of(LogBug bug) {
  constexpr std::array names = {"none",
                                "answers_without_rule",
                                "looks_before_writing",
                                "reads_before_claiming",
                                "two_claims_in_one_epoch",
                                "takes_stale_decisions",
                                "deletes_below_void",
                                "second_batch_first",
                                "skips_sync",
                                "reuses_unsynced",
                                "reuses_too_early"};
  return names[static_cast<std::size_t>(bug)];
}

std::unique_ptr<LogDisk> LogDisk::make(std::unique_ptr<Storage> disk, LogBug bug, Made made) {
  return std::make_unique<SpoiledDisk>(std::move(disk), bug, std::move(made));
}

}  // namespace shoal::sim
