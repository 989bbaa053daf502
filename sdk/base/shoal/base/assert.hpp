#pragma once
// SHOAL_ASSERT: a condition that only a bug of ours can break. On in every build; ends the process with the
// place.

#include <cstdio>
#include <cstdlib>

namespace shoal {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "shoal: assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace shoal

#define SHOAL_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::shoal::assertion_failed(#condition, __FILE__, __LINE__))
