#include "host/free_memory.hpp"

#include <malloc.h>

// Only the executable links mimalloc; programs of tests and sanitizers have the C library's allocator.
extern "C" [[gnu::weak]] void mi_collect(bool force) noexcept;

namespace shoal::host {

void give_back_free_memory() {
  if (mi_collect != nullptr) {
    mi_collect(true);
  } else {
    ::malloc_trim(0);
  }
}

}  // namespace shoal::host
