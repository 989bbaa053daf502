// The entry that libFuzzer calls with each input it makes. The name is libFuzzer's.
#include <cstddef>
#include <cstdint>

#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // An empty input has no address.
  shoal::fuzz::run(size == 0 ? std::string_view{}
                             : std::string_view{reinterpret_cast<const char*>(data), size});
  return 0;
}
