// Goal: tests can say "allocates nothing". Method: the program's own operator new counts and calls malloc.
#include "allocations.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local shoal::tests::Allocations current;

}  // namespace

namespace shoal::tests {

Allocations allocations() { return current; }
void reset_allocations() { current = {}; }

}  // namespace shoal::tests

void* operator new(std::size_t bytes) {
  ++current.count;
  current.bytes_max = std::max(current.bytes_max, bytes);
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
