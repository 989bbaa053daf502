#pragma once
// The one place that maps a shared library into the process, through Boost.DLL. [control]
//
// A Library that is destroyed leaves the code mapped: a thread, a pending destructor or a pointer of the
// module that nobody knows of would otherwise end in unmapped memory. `close` asks for unmapping and says
// whether it happened.

#include <filesystem>
#include <memory>

#include "shoal/abi/module.h"
#include "shoal/base/result.hpp"

namespace shoal::modules {

class Library {
 public:
  // Maps the file at `copy` with every symbol bound at once and none given to other libraries. The error is
  // the dynamic linker's own text. Requires: the file has passed check_elf.
  static Result<std::unique_ptr<Library>> open(const std::filesystem::path& copy);

  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // The table that `shoal_module_entry` of this library gave; not_found where there is no such function or it
  // gave none. Nothing of the table has been read.
  Result<const shoal_module*> entry() const;

  // Asks the dynamic linker to unmap the library. True when it went; false when something pins it.
  // Requires: nothing of the module is used any more.
  bool close();

 private:
  struct Handle;
  Library(std::filesystem::path copy, std::unique_ptr<Handle> handle);

  std::filesystem::path copy_;
  std::unique_ptr<Handle> handle_;  // null once closed
};

}  // namespace shoal::modules
