#include "host/modules/bounded_writer.hpp"

#include <new>

#include "shoal/base/bytes.hpp"

namespace shoal::modules {

shoal_status BoundedWriter::write(void* state, shoal_bytes chunk) {
  auto& self = *static_cast<BoundedWriter*>(state);
  if (is_null(chunk) && chunk.size != 0) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  if (chunk.size > self.bytes_max_ - self.text_.size()) {
    return SHOAL_STATUS_TOO_LARGE;
  }
  try {
    self.text_.append(to_view(chunk));
  } catch (const std::bad_alloc&) {
    return SHOAL_STATUS_OUT_OF_MEMORY;
  }
  return SHOAL_STATUS_OK;
}

}  // namespace shoal::modules
