#pragma once
// Is this file a whole shared library of this machine? Looks at bytes only: the dynamic linker maps what the
// headers promise and the process dies with SIGBUS where the file is shorter, so nothing is loaded that has
// not passed here. Pure and total: any bytes give a summary or an error, in time and memory linear in their
// size. [any-thread]

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::modules {

struct ElfSummary {
  std::vector<std::string> needed;    // libraries it asks for, in order
  std::vector<std::string> exported;  // dynamic symbols it defines for others; at most `elf_names_max`
  std::vector<std::string> unique;    // those of binding STB_GNU_UNIQUE; at most `elf_names_max`
  std::uint64_t exported_count = 0;   // of all, also of those not listed
  std::uint64_t unique_count = 0;
  bool exports_entry = false;           // defines `shoal_module_entry`
  bool registers_thread_exits = false;  // imports __cxa_thread_atexit*: a thread_local with a destructor
  bool no_delete = false;               // linked with -z nodelete
};

inline constexpr std::size_t elf_names_max = 4'096;
inline constexpr std::size_t elf_name_bytes_max = 4'096;  // a longer name is cut

// The error says what is wrong and what to do, without the file's name: the caller puts it in front.
Result<ElfSummary> check_elf(std::span<const std::byte> file);

}  // namespace shoal::modules
