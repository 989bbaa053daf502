// The module of the Kafka rows: an entity that counts its records and bytes. What it costs is one call
// through the ABI.

#include <cstdint>

#include "shoal/shoal.hpp"

namespace {

struct Counter {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

  void on(shoal::Context&, const shoal::Raw& record) {
    ++records;
    bytes += record.data.size();
  }
};

}  // namespace

SHOAL_MODULE("counter_bench", "1.0.0", shoal::entity<Counter>("counted").on<shoal::Raw>("record", shoal::raw))
