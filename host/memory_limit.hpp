#pragma once
// How much memory this process may use, and how much it does. Reads /proc and /sys; any thread.

#include <cstdint>
#include <filesystem>

namespace shoal::host {

// The least limit of the process's control group (version 1 or 2) and those around it, else the machine's
// memory; 0 where none can be read. `root` is where /proc and /sys are, for tests.
std::uint64_t read_memory_limit(const std::filesystem::path& root = "/");

// Resident memory; 0 where it cannot be read.
std::uint64_t read_memory_used(const std::filesystem::path& root = "/");

}  // namespace shoal::host
