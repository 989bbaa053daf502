#pragma once
// A shoal_writer that keeps what a module writes as text, up to a bound. Any thread, one at a time; owned by
// the caller and neither copied nor moved, since the module holds its address during the call. A chunk that
// would pass the bound is refused whole (TOO_LARGE).

#include <cstddef>
#include <string>
#include <string_view>

#include "shoal/abi/base.h"

namespace shoal::modules {

inline constexpr std::size_t error_bytes_max = 4'096;  // of why a module refuses something

class BoundedWriter {
 public:
  explicit BoundedWriter(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  BoundedWriter(const BoundedWriter&) = delete;
  BoundedWriter& operator=(const BoundedWriter&) = delete;

  // Lives as long as this object.
  const shoal_writer* abi() const { return &abi_; }
  std::string_view text() const { return text_; }

 private:
  static shoal_status write(void* state, shoal_bytes chunk);

  std::size_t bytes_max_;
  std::string text_;
  shoal_writer abi_{sizeof(shoal_writer), 0, this, &BoundedWriter::write};
};

}  // namespace shoal::modules
