// The rows activate and idle_entity_bytes. Their floor is a std::unordered_map of the same ids and slots.

#include <mimalloc.h>
#include <unistd.h>

#include <fstream>
#include <unordered_map>

#include "local_rows.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kEntities = 1'000'000;
constexpr std::uint64_t kSlotBytes = 8;

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t whole_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> whole_pages >> resident_pages)) fail("no /proc/self/statm");
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// 12 bytes.
std::string id_of(std::uint32_t number) {
  std::string digits = std::to_string(number);
  return "id-" + std::string(9 - digits.size(), '0') + digits;
}

struct Growth {
  double per_second = 0;
  double bytes = 0;  // an entity, beside its slot
};

// `make_all` makes the entities; `release` gives free memory back.
template <class MakeAll, class Release>
Growth measure(MakeAll&& make_all, Release&& release) {
  release();
  const std::uint64_t bytes_before = resident_bytes();
  const auto begin = std::chrono::steady_clock::now();
  make_all();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  release();
  const auto grown = static_cast<double>(resident_bytes()) - static_cast<double>(bytes_before);
  return {kEntities / seconds.count(), grown / kEntities - static_cast<double>(kSlotBytes)};
}

}  // namespace

ActivateFigures measure_activate(const LocalLanes::Options& options) {
  Growth floor;
  {
    std::unordered_map<std::string, std::uint64_t> map;
    const auto make_all = [&map] {
      for (std::uint32_t i = 0; i < kEntities; ++i) ++map[id_of(i)];
    };
    floor = measure(make_all, [] { mi_collect(true); });
  }
  LocalLanes lanes(options);
  lanes::Message message = lanes.make("counter", id_of(0), "add", "1");
  Sender sender(lanes);
  lanes.wait_until_run();
  const auto make_all = [&] {
    for (std::uint32_t i = 0; i < kEntities; ++i) {
      message.id = id_of(i);
      message.shard = lanes.shard_of(message.id);
      sender.send(lanes.lane_of(message.shard), message);
    }
    sender.flush();
    lanes.wait_until_run();
  };
  const Growth value = measure(make_all, [&lanes] { lanes.release_free_memory(); });
  return {{value.per_second, floor.per_second}, {value.bytes, floor.bytes}};
}

}  // namespace shoal::bench
