#include "host/memory_limit.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace shoal::host {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNoLimit = UINT64_MAX;

// The number in a file; no limit where there is none, as where it says "max".
std::uint64_t read_number(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? number : kNoLimit;
}

// A limit of a group holds for all below it. What a container shows of its groups may begin in their middle:
// a path that is not there is passed over.
std::uint64_t least_limit(const fs::path& mount, std::string_view group, const char* file) {
  std::uint64_t least = kNoLimit;
  for (fs::path at = fs::path(group).relative_path();; at = at.parent_path()) {
    least = std::min(least, read_number(mount / at / file));
    if (at.empty()) return least;
  }
}

std::uint64_t machine_memory(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  for (std::string word; file >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "MemTotal:" && file >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t read_memory_limit(const fs::path& root) {
  std::uint64_t limit = kNoLimit;
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  // Lines are ID:CONTROLLERS:PATH; version 2 has the id 0 and no controllers (man 7 cgroups).
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string id;
    std::string controllers;
    std::string path;
    if (!std::getline(fields, id, ':') || !std::getline(fields, controllers, ':')) continue;
    std::getline(fields, path);
    if (id == "0") {
      limit = std::min(limit, least_limit(mount, path, "memory.max"));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      limit = std::min(limit, least_limit(mount / "memory", path, "memory.limit_in_bytes"));
    }
  }
  // Version 1 says "none" by a number beyond any memory.
  const std::uint64_t machine = machine_memory(root);
  return machine == 0 ? (limit == kNoLimit ? 0 : limit) : std::min(limit, machine);
}

std::uint64_t read_memory_used(const fs::path& root) {
  std::ifstream file(root / "proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace shoal::host
