#pragma once
// Values through the ABI's chunked writers and readers.

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "shoal/abi/base.h"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/errors.hpp"

namespace shoal::detail {

inline constexpr std::size_t chunk_bytes_max = 64 * 1024;

inline shoal_status write_chunks(const shoal_writer& writer, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, chunk_bytes_max);
    const shoal_status status = writer.write(writer.state, to_abi(chunk));
    if (status != SHOAL_STATUS_OK) return status;
    bytes.remove_prefix(chunk.size());
  }
  return SHOAL_STATUS_OK;
}

// All bytes of a reader: its own chunk where there is only one, else collected in `storage`.
inline std::string_view read_chunks(const shoal_reader& reader, std::string& storage) {
  const auto next = [&] {
    shoal_bytes chunk{};
    const shoal_status status = reader.read(reader.state, chunk_bytes_max, &chunk);
    if (status != SHOAL_STATUS_OK)
      throw DecodeError("the bytes cannot be read: " + std::string(to_string(Status{status})));
    return to_view(chunk);
  };
  const std::string_view first = next();
  if (first.size() == reader.remaining) return first;
  storage = first;
  for (std::string_view chunk = next(); !chunk.empty(); chunk = next()) storage += chunk;
  return storage;
}

}  // namespace shoal::detail
