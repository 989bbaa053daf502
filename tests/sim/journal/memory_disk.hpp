#pragma once
// MemoryDisk: a disk with a page cache, for processes under one kernel. What is written is seen by all at
// once, and is on the disk after a sync; a power failure leaves, of what was not synced, any choice of
// sectors and of names. Faults are injected by a hook that sees every call before it is done, which is also
// where a simulator switches between processes. Calls may come from several threads; the hook is called
// without a lock. `bytes` is for a disk that nobody uses meanwhile.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/storage.hpp"

namespace shoal::sim {

// What a hook makes of a call.
enum class Fault : std::uint8_t {
  none,
  input_output,  // EIO; a write may leave any part of itself in the page cache
  disk_full,     // ENOSPC
};

enum class Call : std::uint8_t {
  create,
  open,
  exists,
  list,
  make_directory,
  sync_directory,
  remove,
  rename,
  link,
  read,
  write,
  fill,
  datasync,
  lock,
};

// Whether the disk is another one after such a call.
bool changes(Call call);

struct DiskCall {
  std::uint32_t process;
  Call call;
  const std::string& path;
};

// Thrown into a process that was killed, by its next call.
struct Killed {};

class MemoryDisk {
 public:
  using Hook = std::function<Fault(const DiskCall&)>;
  // Draws a number below its argument.
  using Draw = std::function<std::uint64_t(std::uint64_t)>;

  // The disk as one process sees it. Lives no longer than this disk.
  std::unique_ptr<journal::Storage> process(std::uint32_t process);
  void set_hook(Hook hook) { hook_ = std::move(hook); }

  // The process holds no locks any more, and its calls throw Killed.
  void kill(std::uint32_t process);

  // What is there after a power failure at this moment.
  enum class Unsynced : std::uint8_t { is_lost, is_kept, is_drawn };
  MemoryDisk after_power_failure(Unsynced unsynced, const Draw& draw) const;

  // For tests that spoil bytes.
  bool has(const std::string& path) const;
  std::vector<std::string> files() const;
  std::string& bytes(const std::string& path);

 private:
  friend class MemoryProcess;
  friend class MemoryFile;

  struct Inode {
    std::string bytes;              // in the page cache
    std::string synced;             // on the disk
    std::set<std::uint64_t> dirty;  // sectors by their numbers
    std::optional<std::uint32_t> lock_holder;
    std::uint64_t locked_through = 0;  // which handle
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  Fault before(std::uint32_t process, Call call, const std::string& path);
  static std::string directory_of(const std::string& path);

  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // of all below but the hook
  Hook hook_;
  Names names_;
  Names synced_names_;
  std::set<std::string> directories_{"."};
  std::set<std::string> synced_directories_{"."};
  std::set<std::uint32_t> killed_;
  std::uint64_t handles_ = 0;
};

}  // namespace shoal::sim
