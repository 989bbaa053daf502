#pragma once
// A module's file before anything of it is mapped: its bytes, hash and ELF summary, and the copy that is
// loaded in its place. [control] The original may be overwritten or deleted as soon as `copy_module_file` has
// returned.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/modules/elf_check.hpp"
#include "shoal/base/result.hpp"

namespace shoal::modules {

inline constexpr std::uint64_t module_file_bytes_max = 1'073'741'824;  // 1 GiB

struct ModuleFile {
  std::filesystem::path source;  // absolute, symbolic links resolved
  std::string sha256;            // 64 hexadecimal digits
  ElfSummary elf;
  std::vector<std::byte> bytes;
};

// Absolute, with symbolic links resolved where the file exists.
std::filesystem::path resolve_module_path(const std::filesystem::path& path);

// Reads the whole file and checks it. Errors name the file.
Result<ModuleFile> read_module_file(const std::filesystem::path& path);

// Makes `<copies_dir>/<sha256>.so`, or reuses it where it already has this content. It is written under
// another name and renamed, so that no file that may be mapped is ever written to.
Result<std::filesystem::path> copy_module_file(const ModuleFile& file,
                                               const std::filesystem::path& copies_dir);

}  // namespace shoal::modules
