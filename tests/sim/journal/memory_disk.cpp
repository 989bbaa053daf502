#include "tests/sim/journal/memory_disk.hpp"

#include <algorithm>
#include <utility>

namespace shoal::sim {
namespace {

constexpr std::uint64_t sector_bytes = 512;

Error failure(ErrorCode code, const std::string& path, const char* what) {
  return error(code, path + ": " + what);
}

Error failure(Fault fault, const std::string& path) {
  return fault == Fault::disk_full ? failure(ErrorCode::overloaded, path, "No space left on device")
                                   : failure(ErrorCode::failed, path, "Input/output error");
}

}  // namespace

bool changes(Call call) {
  switch (call) {
    case Call::open:
    case Call::exists:
    case Call::list:
    case Call::read:
    case Call::lock:
      return false;
    default:
      return true;
  }
}

Fault MemoryDisk::before(std::uint32_t process, Call call, const std::string& path) {
  const Fault fault = hook_ ? hook_({process, call, path}) : Fault::none;
  const std::lock_guard lock(*mutex_);
  if (killed_.contains(process)) throw Killed();
  return fault;
}

std::string MemoryDisk::directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

class MemoryFile final : public journal::File {
 public:
  MemoryFile(MemoryDisk& disk, std::uint32_t process, std::string path,
             std::shared_ptr<MemoryDisk::Inode> inode)
      : disk_(disk),
        process_(process),
        path_(std::move(path)),
        inode_(std::move(inode)),
        handle_(++disk.handles_) {}
  ~MemoryFile() override {
    const std::lock_guard lock(*disk_.mutex_);
    if (inode_->lock_holder && inode_->locked_through == handle_) inode_->lock_holder.reset();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> to) override {
    const Fault fault = disk_.before(process_, Call::read, path_);
    const std::lock_guard lock(*disk_.mutex_);
    if (fault != Fault::none) return failure(fault, path_);
    if (at >= inode_->bytes.size()) return std::size_t{0};
    const std::size_t size = std::min<std::size_t>(to.size(), inode_->bytes.size() - at);
    std::copy_n(inode_->bytes.begin() + static_cast<std::ptrdiff_t>(at), size, to.begin());
    return size;
  }

  Result<void> write_at(std::uint64_t at, std::string_view bytes) override {
    const Fault fault = disk_.before(process_, Call::write, path_);
    const std::lock_guard lock(*disk_.mutex_);
    // Of a write that fails, the first half is there, in whole sectors.
    const std::size_t half = bytes.size() / 2 / sector_bytes * sector_bytes;
    put(at, fault == Fault::none ? bytes : bytes.substr(0, half));
    if (fault != Fault::none) return failure(fault, path_);
    return success();
  }

  Result<void> fill_with_zeros(std::uint64_t bytes) override {
    const Fault fault = disk_.before(process_, Call::fill, path_);
    const std::lock_guard lock(*disk_.mutex_);
    put(0, std::string(fault == Fault::none ? bytes : bytes / 2, '\0'));
    if (fault != Fault::none) return failure(fault, path_);
    return success();
  }

  Result<void> datasync() override {
    const Fault fault = disk_.before(process_, Call::datasync, path_);
    const std::lock_guard lock(*disk_.mutex_);
    // As a kernel does it: what could not be written counts as written in the page cache.
    if (fault == Fault::none) inode_->synced = inode_->bytes;
    inode_->dirty.clear();
    if (fault != Fault::none) return failure(fault, path_);
    return success();
  }

  Result<bool> lock() override {
    const Fault fault = disk_.before(process_, Call::lock, path_);
    const std::lock_guard lock(*disk_.mutex_);
    if (fault != Fault::none) return failure(fault, path_);
    if (inode_->lock_holder && inode_->locked_through != handle_) return false;
    inode_->lock_holder = process_;
    inode_->locked_through = handle_;
    return true;
  }

 private:
  void put(std::uint64_t at, std::string_view bytes) {
    if (bytes.empty()) return;
    if (inode_->bytes.size() < at + bytes.size()) inode_->bytes.resize(at + bytes.size());
    std::copy(bytes.begin(), bytes.end(), inode_->bytes.begin() + static_cast<std::ptrdiff_t>(at));
    const std::uint64_t last = (at + bytes.size() - 1) / sector_bytes;
    for (std::uint64_t sector = at / sector_bytes; sector <= last; ++sector) inode_->dirty.insert(sector);
  }

  MemoryDisk& disk_;
  std::uint32_t process_;
  std::string path_;
  std::shared_ptr<MemoryDisk::Inode> inode_;
  std::uint64_t handle_;
};

class MemoryProcess final : public journal::Storage {
 public:
  MemoryProcess(MemoryDisk& disk, std::uint32_t process) : disk_(disk), process_(process) {}

  Result<std::unique_ptr<journal::File>> create(const std::string& path) override {
    SHOAL_TRYV(before(Call::create, path));
    const std::lock_guard lock(*disk_.mutex_);
    if (!disk_.directories_.contains(MemoryDisk::directory_of(path))) return missing(path);
    const auto inode = std::make_shared<MemoryDisk::Inode>();
    if (!disk_.names_.emplace(path, inode).second) return taken(path);
    return file(path, inode);
  }

  Result<std::unique_ptr<journal::File>> open(const std::string& path, journal::Access) override {
    SHOAL_TRYV(before(Call::open, path));
    const std::lock_guard lock(*disk_.mutex_);
    const auto at = disk_.names_.find(path);
    if (at == disk_.names_.end()) return missing(path);
    return file(path, at->second);
  }

  Result<bool> exists(const std::string& path) override {
    SHOAL_TRYV(before(Call::exists, path));
    const std::lock_guard lock(*disk_.mutex_);
    return disk_.names_.contains(path);
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    SHOAL_TRYV(before(Call::list, path));
    const std::lock_guard lock(*disk_.mutex_);
    if (!disk_.directories_.contains(path)) return missing(path);
    std::set<std::string> names;
    for (const auto& [name, inode] : disk_.names_) add(names, path, name);
    for (const std::string& name : disk_.directories_) add(names, path, name);
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<void> make_directory(const std::string& path) override {
    SHOAL_TRYV(before(Call::make_directory, path));
    const std::lock_guard lock(*disk_.mutex_);
    disk_.directories_.insert(path);
    return success();
  }

  Result<void> sync_directory(const std::string& path) override {
    SHOAL_TRYV(before(Call::sync_directory, path));
    const std::lock_guard lock(*disk_.mutex_);
    if (!disk_.directories_.contains(path)) return missing(path);
    const auto is_here = [&](const std::string& name) { return MemoryDisk::directory_of(name) == path; };
    std::erase_if(disk_.synced_names_, [&](const auto& entry) { return is_here(entry.first); });
    for (const auto& [name, inode] : disk_.names_) {
      if (is_here(name)) disk_.synced_names_.emplace(name, inode);
    }
    for (const std::string& name : disk_.directories_) {
      if (is_here(name)) disk_.synced_directories_.insert(name);
    }
    return success();
  }

  Result<void> remove(const std::string& path) override {
    SHOAL_TRYV(before(Call::remove, path));
    const std::lock_guard lock(*disk_.mutex_);
    disk_.names_.erase(path);
    return success();
  }

  // After a power failure each of both names is there or not, until the directory is synced.
  Result<void> rename(const std::string& from, const std::string& to) override {
    SHOAL_TRYV(before(Call::rename, from));
    const std::lock_guard lock(*disk_.mutex_);
    const auto at = disk_.names_.find(from);
    if (at == disk_.names_.end()) return missing(from);
    disk_.names_[to] = at->second;
    disk_.names_.erase(from);
    return success();
  }

  Result<void> link(const std::string& from, const std::string& to) override {
    SHOAL_TRYV(before(Call::link, from));
    const std::lock_guard lock(*disk_.mutex_);
    const auto at = disk_.names_.find(from);
    if (at == disk_.names_.end()) return missing(from);
    if (!disk_.names_.emplace(to, at->second).second) return taken(to);
    return success();
  }

 private:
  Result<void> before(Call call, const std::string& path) {
    const Fault fault = disk_.before(process_, call, path);
    if (fault != Fault::none) return failure(fault, path);
    return success();
  }

  static Error missing(const std::string& path) {
    return failure(ErrorCode::not_found, path, "No such file or directory");
  }
  static Error taken(const std::string& path) {
    return failure(ErrorCode::already_exists, path, "File exists");
  }

  static void add(std::set<std::string>& names, const std::string& directory, const std::string& path) {
    if (path != "." && MemoryDisk::directory_of(path) == directory) {
      names.insert(path.substr(path.rfind('/') + 1));
    }
  }

  std::unique_ptr<journal::File> file(const std::string& path, std::shared_ptr<MemoryDisk::Inode> inode) {
    return std::make_unique<MemoryFile>(disk_, process_, path, std::move(inode));
  }

  MemoryDisk& disk_;
  std::uint32_t process_;
};

std::unique_ptr<journal::Storage> MemoryDisk::process(std::uint32_t process) {
  return std::make_unique<MemoryProcess>(*this, process);
}

void MemoryDisk::kill(std::uint32_t process) {
  const std::lock_guard lock(*mutex_);
  killed_.insert(process);
  for (const auto& [name, inode] : names_) {
    if (inode->lock_holder == process) inode->lock_holder.reset();
  }
}

MemoryDisk MemoryDisk::after_power_failure(Unsynced unsynced, const Draw& draw) const {
  const auto is_kept = [&] {
    return unsynced == Unsynced::is_kept || (unsynced == Unsynced::is_drawn && draw(2) == 0);
  };
  const std::lock_guard lock(*mutex_);
  MemoryDisk left;
  left.directories_ = synced_directories_;
  for (const std::string& name : directories_) {
    if (left.directories_.contains(directory_of(name)) && is_kept()) left.directories_.insert(name);
  }
  Names names = synced_names_;
  for (const auto& [name, inode] : synced_names_) {
    const auto now = names_.find(name);
    if ((now == names_.end() || now->second != inode) && is_kept()) names.erase(name);
  }
  for (const auto& [name, inode] : names_) {
    if (!names.contains(name) && is_kept()) names.emplace(name, inode);
  }
  std::map<const Inode*, std::shared_ptr<Inode>> copies;
  for (const auto& [name, inode] : names) {
    if (!left.directories_.contains(directory_of(name))) continue;
    std::shared_ptr<Inode>& copy = copies[inode.get()];
    if (!copy) {
      copy = std::make_shared<Inode>();
      copy->bytes = inode->synced;
      for (const std::uint64_t sector : inode->dirty) {
        if (!is_kept()) continue;
        const std::uint64_t end = std::min((sector + 1) * sector_bytes, std::uint64_t{inode->bytes.size()});
        if (copy->bytes.size() < end) copy->bytes.resize(end);
        std::copy(inode->bytes.begin() + static_cast<std::ptrdiff_t>(sector * sector_bytes),
                  inode->bytes.begin() + static_cast<std::ptrdiff_t>(end),
                  copy->bytes.begin() + static_cast<std::ptrdiff_t>(sector * sector_bytes));
      }
      copy->synced = copy->bytes;
    }
    left.names_.emplace(name, copy);
  }
  left.synced_names_ = left.names_;
  left.synced_directories_ = left.directories_;
  return left;
}

bool MemoryDisk::has(const std::string& path) const {
  const std::lock_guard lock(*mutex_);
  return names_.contains(path);
}

std::vector<std::string> MemoryDisk::files() const {
  const std::lock_guard lock(*mutex_);
  std::vector<std::string> paths;
  for (const auto& [name, inode] : names_) paths.push_back(name);
  return paths;
}

std::string& MemoryDisk::bytes(const std::string& path) { return names_.at(path)->bytes; }

}  // namespace shoal::sim
