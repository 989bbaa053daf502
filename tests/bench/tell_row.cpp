// The row tell_local and its floor: a skeleton of what a runtime cannot do without. One thread packs a header
// of 64 bytes, an id and a body of 100 bytes into buffers; the others take them from a queue, find the entity
// in a table by its id and call the module's function.

#include <concurrentqueue.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "host/lanes/entity_table.hpp"
#include "local_rows.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint64_t kMessages = 4'000'000;
constexpr std::uint32_t kEntities = 10'000;
constexpr std::uint32_t kStride = 7'919;  // prime: entities come in no order of memory
constexpr std::size_t kBodyBytes = 100;

struct Target {
  std::string id;
  ShardId shard;
  std::uint32_t lane;
};

double per_second(std::uint64_t count, std::chrono::steady_clock::time_point begin) {
  return static_cast<double>(count) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class Send>
void send_all(const std::vector<Target>& targets, std::uint64_t messages, Send&& send) {
  std::uint32_t next = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    send(targets[next]);
    next = (next + kStride) % kEntities;
  }
}

// The floor

struct Header {
  std::uint64_t hash = 0;
  std::uint32_t id_size = 0;
  std::uint32_t size = 0;  // of the whole
  char rest[48];           // what a runtime says there costs its bytes here, too
};
static_assert(sizeof(Header) == 64);

struct Buffer {
  std::size_t used = 0;
  alignas(8) std::byte bytes[parcel_bytes + 256];
};

// Linear probing over ids that stay.
class Table {
 public:
  Table() : cells_(4 * kEntities) {}
  std::uint64_t& slot(std::string_view id, std::uint64_t hash) {
    std::size_t at = hash % cells_.size();
    while (!cells_[at].id.empty() && (cells_[at].hash != hash || cells_[at].id != id)) {
      at = at + 1 == cells_.size() ? 0 : at + 1;
    }
    if (cells_[at].id.empty()) {
      cells_[at].hash = hash;
      cells_[at].id = id;
    }
    return cells_[at].slot;
  }

 private:
  struct Cell {
    std::uint64_t hash = 0;
    std::string id;
    std::uint64_t slot = 0;
  };
  std::vector<Cell> cells_;
};

struct FloorLane {
  moodycamel::ConcurrentQueue<std::unique_ptr<Buffer>> queue;
  std::atomic<std::size_t> waiting_bytes{0};
  std::unique_ptr<Buffer> filling;
  Table table;
  std::uint64_t expected = 0;
  std::thread thread;

  void hand_over() {
    const std::size_t bytes = filling->used;
    while (waiting_bytes.load(std::memory_order_acquire) + bytes > lanes::inbox_bytes_max) {
      std::this_thread::yield();
    }
    waiting_bytes.fetch_add(bytes, std::memory_order_acq_rel);
    queue.enqueue(std::move(filling));
    filling.reset(new Buffer);
  }

  void run(const shoal_entity_type* type) {
    std::unique_ptr<Buffer> buffer;
    while (expected > 0) {
      if (!queue.try_dequeue(buffer)) {
        std::this_thread::yield();
        continue;
      }
      waiting_bytes.fetch_sub(buffer->used, std::memory_order_acq_rel);
      for (std::size_t at = 0; at < buffer->used;) {
        const auto* header = reinterpret_cast<const Header*>(buffer->bytes + at);
        const char* id = reinterpret_cast<const char*>(header + 1);
        std::uint64_t& slot = table.slot({id, header->id_size}, header->hash);
        type->receive(nullptr, &slot, nullptr, 0,
                      {reinterpret_cast<const std::uint8_t*>(id) + header->id_size, kBodyBytes});
        at += header->size;
        --expected;
      }
    }
  }
};

void pack(Buffer& buffer, std::string_view id, const std::string& body) {
  auto* header = reinterpret_cast<Header*>(buffer.bytes + buffer.used);
  header->hash = lanes::hash_of(id);
  header->id_size = static_cast<std::uint32_t>(id.size());
  header->size = static_cast<std::uint32_t>((sizeof(Header) + id.size() + body.size() + 7) & ~std::size_t{7});
  std::memset(header->rest, 0, sizeof header->rest);
  char* end = reinterpret_cast<char*>(header + 1);
  std::memcpy(end, id.data(), id.size());
  std::memcpy(end + id.size(), body.data(), body.size());
  buffer.used += header->size;
}

double measure_floor(const std::vector<Target>& targets, std::uint32_t lane_count,
                     const shoal_entity_type* type) {
  std::vector<std::unique_ptr<FloorLane>> lanes;
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    lanes.push_back(std::make_unique<FloorLane>());
    lanes.back()->filling.reset(new Buffer);
  }
  send_all(targets, kMessages, [&](const Target& target) { ++lanes[target.lane]->expected; });
  for (const auto& lane : lanes) lane->thread = std::thread([&lane, type] { lane->run(type); });
  const std::string body(kBodyBytes, 'b');
  const auto begin = std::chrono::steady_clock::now();
  send_all(targets, kMessages, [&](const Target& target) {
    FloorLane& lane = *lanes[target.lane];
    pack(*lane.filling, target.id, body);
    if (lane.filling->used >= parcel_bytes) lane.hand_over();
  });
  for (const auto& lane : lanes) lane->hand_over();
  for (const auto& lane : lanes) lane->thread.join();
  return per_second(kMessages, begin);
}

}  // namespace

Figures measure_tell(const LocalLanes::Options& options) {
  LocalLanes lanes(options);
  std::vector<Target> targets;
  for (std::uint32_t i = 0; i < kEntities; ++i) {
    std::string id = "entity-" + std::to_string(i);
    const ShardId shard = lanes.shard_of(id);
    targets.push_back({std::move(id), shard, lanes.lane_of(shard)});
  }
  lanes::Message message = lanes.make("counter", targets[0].id, "add", std::string(kBodyBytes, 'b'));
  Sender sender(lanes);
  const auto send = [&](const Target& target) {
    message.id = target.id;
    message.shard = target.shard;
    sender.send(target.lane, message);
  };
  send_all(targets, kEntities, send);  // makes the entities
  sender.flush();
  lanes.wait_until_run();
  const std::uint64_t before = lanes.messages();
  const auto begin = std::chrono::steady_clock::now();
  send_all(targets, kMessages, send);
  sender.flush();
  lanes.wait_until_run();
  const double value = per_second(kMessages, begin);
  if (lanes.messages() - before != kMessages + lanes.lane_count()) fail("messages are missing");
  return {value, measure_floor(targets, lanes.lane_count(), lanes.type("counter").abi)};
}

}  // namespace shoal::bench
