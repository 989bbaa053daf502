#include "local_lanes.hpp"

#include <mimalloc.h>
#include <stdlib.h>

#include <cstdio>
#include <future>
#include <random>
#include <thread>

#include "host/kafka/partitioner.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::bench {

namespace {

constexpr std::chrono::seconds kPatience{120};

std::filesystem::path new_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "shoal-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("no directory for the module's copy");
  return name;
}

void log(shoal_log_level, std::string_view module, std::string_view text) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(module.size()), module.data(),
               static_cast<int>(text.size()), text.data());
}

template <class Value>
Value wait_for(std::future<Value>& future) {
  if (future.wait_for(kPatience) != std::future_status::ready) fail("a lane is stuck");
  return future.get();
}

}  // namespace

void fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

std::unique_ptr<journal::ShardLog> start_log(journal::Storage& storage, std::function<void()> wake) {
  const auto random_number = [] {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
  };
  journal::LogThreadOptions options;
  options.log.owner = journal::OwnerId(random_number());
  options.log.data.segment_bytes = 16 * 1024 * 1024;
  options.log.data.random = random_number;
  options.wake = std::move(wake);
  return value_of(journal::LogThread::start(storage, std::move(options)));
}

LocalLanes::LocalLanes(const Options& options) : directory_(new_directory()), shards_(options.shards) {
  if (!options.journal.empty()) storage_ = value_of(journal::PosixStorage::open(options.journal));
  modules::Registry::Options registry;
  registry.copies_dir = directory_;
  registry.log = log;
  registry.host_version = "bench";
  registry_ = std::make_unique<modules::Registry>(std::move(registry));
  const auto loaded = registry_->load(options.module, {}, {});
  if (!loaded) fail(loaded.error().message);
  std::vector<lanes::Lane*> all;
  for (std::uint32_t index = 0; index < options.lanes; ++index) {
    lanes::Lane::Options lane;
    lane.index = LaneIndex{index};
    lane.lane_count = options.lanes;
    lane.spin = options.spin;
    lane.partition_of = kafka::partition_of;
    lane.random_seed = index;
    lane.host_number = 1;
    lanes_.push_back(std::make_unique<lanes::Lane>(std::move(lane)));
    all.push_back(lanes_.back().get());
    if (storage_ != nullptr) lanes_.back()->use_log(start_log(*storage_, lanes_.back()->waker()));
  }
  for (const auto& lane : lanes_) lane->connect(all);
  for (const auto& type : registry_->types_of(*loaded.value())) open(type->name);
  for (const auto& lane : lanes_) lane->start();
}

LocalLanes::~LocalLanes() {
  for (const auto& lane : lanes_) lane->drain();
  for (const auto& lane : lanes_) lane->join();
  lanes_.clear();
  registry_.reset();
  std::filesystem::remove_all(directory_);
}

void LocalLanes::open(std::string_view type) {
  lanes::TypePlan plan;
  plan.index = lanes::TypeIndex{static_cast<std::uint32_t>(types_.size())};
  plan.shard_count = shards_;
  plan.type = registry_->find_type(type);
  const bool is_durable = storage_ != nullptr && plan.type->abi->event_count > 0;
  if (is_durable) plan.policy.durability = lanes::Durability::events;
  types_.emplace_back(type);
  for (const auto& lane : lanes_) {
    lane->put([plan](lanes::Lane& opened) { opened.open_type(plan); });
  }
}

ShardId LocalLanes::shard_of(std::string_view id) const {
  return ShardId{kafka::partition_of(to_bytes(id), shards_)};
}

std::string LocalLanes::id_on(std::uint32_t lane, std::string_view prefix) const {
  for (std::uint32_t number = 0;; ++number) {
    std::string id = std::string(prefix) + std::to_string(number);
    if (lane_of(shard_of(id)) == lane) return id;
  }
}

lanes::Message LocalLanes::make(std::string_view type, std::string_view id, std::string_view message,
                                std::string body) const {
  lanes::Message made;
  for (std::uint32_t index = 0; index < types_.size(); ++index) {
    if (types_[index] == type) made.type = lanes::TypeIndex{index};
  }
  made.shard = shard_of(id);
  made.id = id;
  made.message_index = *this->type(type).find_message(message);
  made.body = std::move(body);
  return made;
}

void LocalLanes::put(std::uint32_t lane, std::unique_ptr<lanes::Parcel>& parcel) {
  const std::size_t bytes = parcel->bytes();
  while (!lanes_[lane]->put(parcel)) std::this_thread::yield();
  parcel = std::make_unique<lanes::Parcel>(bytes);
}

std::string LocalLanes::ask(lanes::Message message) {
  auto promise = std::make_shared<std::promise<Result<lanes::Reply>>>();
  auto answer = promise->get_future();
  message.on_reply = [promise](Result<lanes::Reply> reply) { promise->set_value(std::move(reply)); };
  message.deadline = std::chrono::steady_clock::now() + kPatience;
  auto parcel = std::make_unique<lanes::Parcel>();
  add(*parcel, message);
  put(lane_of(message.shard), parcel);
  const auto reply = wait_for(answer);
  if (!reply) fail(reply.error().message);
  if (reply.value().status != SHOAL_STATUS_OK) fail(reply.value().body);
  return reply.value().body;
}

void LocalLanes::wait_until_run() {
  for (std::uint32_t lane = 0; lane < lane_count(); ++lane) {
    ask(make("counter", id_on(lane, "last-"), "get", ""));
  }
}

std::uint64_t LocalLanes::messages() const {
  std::uint64_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->counters().messages.load();
  return sum;
}

void LocalLanes::release_free_memory() {
  for (const auto& lane : lanes_) {
    auto done = std::make_shared<std::promise<bool>>();
    auto released = done->get_future();
    lane->put([done](lanes::Lane&) {
      mi_collect(true);
      done->set_value(true);
    });
    wait_for(released);
  }
  mi_collect(true);
}

Sender::Sender(LocalLanes& lanes) : lanes_(&lanes) {
  for (std::uint32_t lane = 0; lane < lanes.lane_count(); ++lane) {
    parcels_.push_back(std::make_unique<lanes::Parcel>());
  }
}

void Sender::send(std::uint32_t lane, lanes::Message& message) {
  add(*parcels_[lane], message);
  if (parcels_[lane]->bytes() >= parcel_bytes) lanes_->put(lane, parcels_[lane]);
}

void Sender::flush() {
  for (std::uint32_t lane = 0; lane < parcels_.size(); ++lane) {
    if (!parcels_[lane]->empty()) lanes_->put(lane, parcels_[lane]);
  }
}

}  // namespace shoal::bench
