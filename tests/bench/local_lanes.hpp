#pragma once
// LocalLanes: running lanes of a host without Kafka, with the types of local_module.c open, and the ways to
// send to them from one thread outside. What fails ends the program: a figure of a failed run is none.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "journal/log_thread.hpp"
#include "journal/posix_storage.hpp"

namespace shoal::bench {

// A row's figure of one run and its floor.
struct Figures {
  double value = 0;
  double floor = 0;
};

[[noreturn]] void fail(const std::string& why);

template <class Value>
Value value_of(Result<Value> result) {
  if (!result) fail(result.error().message);
  return std::move(result).value();
}

// A lane's logs, with the settings of a host.
std::unique_ptr<journal::ShardLog> start_log(journal::Storage& storage, std::function<void()> wake);

class LocalLanes {
 public:
  struct Options {
    std::filesystem::path module;
    std::uint32_t lanes = 1;
    std::uint32_t shards = 100;
    std::chrono::microseconds spin{0};
    std::filesystem::path journal{};  // types with events are durable there; empty: none is
  };

  explicit LocalLanes(const Options& options);
  ~LocalLanes();
  LocalLanes(const LocalLanes&) = delete;
  LocalLanes& operator=(const LocalLanes&) = delete;

  ShardId shard_of(std::string_view id) const;
  std::uint32_t lane_of(ShardId shard) const { return shard.value % lane_count(); }
  std::uint32_t lane_count() const { return static_cast<std::uint32_t>(lanes_.size()); }
  // The first id of that prefix whose shard is on the lane.
  std::string id_on(std::uint32_t lane, std::string_view prefix) const;
  const modules::EntityType& type(std::string_view name) const { return *registry_->find_type(name); }

  lanes::Message make(std::string_view type, std::string_view id, std::string_view message,
                      std::string body) const;

  // Waits for room, and leaves a new parcel in place of the one that was put.
  void put(std::uint32_t lane, std::unique_ptr<lanes::Parcel>& parcel);
  // The reply's body.
  std::string ask(lanes::Message message);
  // Until every lane has run all that this thread has put before.
  void wait_until_run();
  // Of all lanes: messages whose turns have run.
  std::uint64_t messages() const;
  // Gives the memory that the lanes' threads and this one have freed back to the system.
  void release_free_memory();

 private:
  void open(std::string_view type);

  std::filesystem::path directory_;
  std::uint32_t shards_;
  std::unique_ptr<modules::Registry> registry_;
  std::unique_ptr<journal::PosixStorage> storage_;  // null: nothing is durable
  std::vector<std::string> types_;                  // by index
  std::vector<std::unique_ptr<lanes::Lane>> lanes_;
};

// Packs messages into a parcel a lane, and puts each that is full.
class Sender {
 public:
  explicit Sender(LocalLanes& lanes);
  void send(std::uint32_t lane, lanes::Message& message);
  void flush();

 private:
  LocalLanes* lanes_;
  std::vector<std::unique_ptr<lanes::Parcel>> parcels_;
};

inline constexpr std::size_t parcel_bytes = 64 * 1024;

}  // namespace shoal::bench
