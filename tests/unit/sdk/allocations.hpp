#pragma once
// Counts what this program allocates through operator new.

#include <cstddef>

namespace shoal::tests {

struct Allocations {
  std::size_t count = 0;
  std::size_t bytes_max = 0;  // of a single one
};

// From the last call of reset_allocations on, in the calling thread.
Allocations allocations();
void reset_allocations();

}  // namespace shoal::tests
