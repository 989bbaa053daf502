#include "tests/sim/lanes/lane_host.hpp"

#include <utility>

#include "shoal/base/bytes.hpp"

namespace shoal::sim {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t wall_begin_ns = 1'700'000'000'000 * ms;
constexpr std::size_t record_bytes = 8 * 1024;

std::uint32_t partition_of_id(shoal_bytes key, std::uint32_t) { return shard_of_id(to_view(key)); }

}  // namespace

LaneWorld::Host::Host(LaneWorld& world, std::uint32_t number, std::size_t directory)
    : world_(world),
      number_(number),
      directory_(directory),
      started_ns_(world.now_ns_),
      slower_(static_cast<std::int64_t>(world.chance_.below(5))),
      disk_(world.disk_->process(number)),
      sender_({&world.topics_, &world.chance_, world.plan_.bug == LaneBug::marks_emits_early,
               [this](std::span<const kafka::DeliveryReport> reports) {
                 if (lane_) lane_->put(reports);
               }}),
      lane_fiber_([this] { run_lane_fiber(); }),
      log_fiber_([this] { run_log_fiber(); }) {}

LaneWorld::Host::~Host() = default;

std::int64_t LaneWorld::Host::steady_ns() const {
  const std::int64_t passed_ns = world_.now_ns_ - started_ns_ - stood_still_ns_;
  return 3'600'000 * ms + passed_ns / 64 * (64 - slower_) + racing_ns_;
}

std::int64_t LaneWorld::Host::read_steady(void* context) {
  Host& host = *static_cast<Host*>(context);
  host.maybe_stop_lane();
  if (host.is_dead_) host.racing_ns_ += 1'000 * ms;
  const std::int64_t read_ns = host.steady_ns();
  host.maybe_stop_lane();
  return read_ns;
}

std::int64_t LaneWorld::Host::read_wall(void* context) {
  return wall_begin_ns + static_cast<Host*>(context)->world_.now_ns_;
}

void LaneWorld::Host::wait(void* context, std::chrono::milliseconds) {
  Host& host = *static_cast<Host*>(context);
  if (host.is_in_lane_ && !host.is_dead_) host.lane_fiber_.stop();
}

void LaneWorld::Host::maybe_stop_lane() {
  if (!is_in_lane_ || is_dead_ || !world_.chance_.once_in(8)) return;
  if (world_.is_quiet_ || !world_.chance_.once_in(world_.plan_.stops_a_pause * world_.plan_.calm))
    return lane_fiber_.stop();
  pause(Pause::lane, world_.now_ns_ + world_.draw_pause_ns());
  lane_fiber_.stop();
}

void LaneWorld::Host::pause(Pause what, std::int64_t until_ns) {
  world_.trace(number_, "pauses for " + std::to_string((until_ns - world_.now_ns_) / 1000) + " us, " +
                            std::to_string(static_cast<int>(what)));
  if (what != Pause::log) lane_paused_until_ns_ = until_ns;
  if (what != Pause::lane) log_paused_until_ns_ = until_ns;
  if (what == Pause::clock_too) stood_still_ns_ += until_ns - world_.now_ns_;
}

void LaneWorld::Host::run_lane_fiber() {
  is_in_lane_ = true;
  bool goes_on = true;
  while (goes_on && !is_dead_) goes_on = lane_->run_once();
  if (goes_on) lane_->run_once();  // which tells it that it has lost everything
  is_in_lane_ = false;
  has_lane_ended_ = true;
}

void LaneWorld::Host::run_log_fiber() {
  try {
    if (open_log()) {
      make_lane();
      journal::FileShardLog& log = log_->file();
      while (!is_dead_ && !has_lane_ended_) {
        log.work();
        if (store_ != nullptr && world_.chance_.once_in(2)) store_->work();
        log_fiber_.stop();
      }
    }
  } catch (const Killed&) {
    world_.note(number_);
  }
  has_log_ended_ = true;
}

bool LaneWorld::Host::open_log() {
  journal::FileShardLogOptions options;
  options.log.owner = journal::OwnerId{world_.ids_()};
  options.log.data.segment_bytes = world_.plan_.segment_bytes;
  options.log.data.spare_segments_max = 1;
  options.log.data.random = [this] { return world_.ids_(); };
  options.record_bytes_max = record_bytes;
  options.chunk_bytes = 512;
  options.makes_segments_ahead = false;
  options.wake = [] {};
  auto log = journal::FileShardLog::open(*disk_, std::move(options));
  if (!log) {
    world_.trace(number_, "cannot open its log: " + log.error().message);
    if (world_.is_disk_sound_) world_.oracle_.breach("a log cannot be opened: " + log.error().message);
    return false;
  }
  SpoiledLog::Options spoiled{world_.plan_.bug,
                              &world_.void_records_,
                              &world_.topics_,
                              world_.plan_.has_store ? world_.stores_[directory_].get() : nullptr,
                              [this] { maybe_stop_lane(); },
                              {}};
  if (world_.plan_.trace != nullptr)
    spoiled.trace = [this](const std::string& what) { world_.trace(number_, what); };
  opened_ = std::make_unique<SpoiledLog>(std::move(log).value(), std::move(spoiled));
  return true;
}

void LaneWorld::Host::make_lane() {
  lanes::Lane::Options options;
  options.sinks = {"out"};
  options.outputs.push_back({"out", {}});
  options.producer = &sender_;
  options.make_reader = [this](const lanes::SourcePlan&) -> Result<std::unique_ptr<kafka::PartitionReader>> {
    return std::unique_ptr<kafka::PartitionReader>(
        std::make_unique<MemoryReader>(world_.topics_, world_.chance_));
  };
  options.partition_of = partition_of_id;
  options.random_seed = world_.ids_();
  options.host_number = world_.ids_();
  options.on_trouble = [this](const lanes::Trouble& trouble) {
    world_.trace(number_, "trouble with " + trouble.topic + ": " + trouble.reason);
  };
  const LanePlan& plan = world_.plan_;
  const bool has_longer = plan.longer_lease_ms > 0 && number_ % 2 == 0;
  options.lease = std::chrono::milliseconds(has_longer ? plan.longer_lease_ms : plan.lease_ms);
  options.checkpoint_bytes = world_.plan_.checkpoint_bytes;
  options.clock = {read_steady, read_wall, wait, this};
  lane_ = std::make_unique<lanes::Lane>(std::move(options));
  log_ = opened_.get();
  lane_->use_log(std::move(opened_));
  if (world_.plan_.has_store) {
    auto store = std::make_unique<journal::StoreQueue>(*world_.stores_[directory_], [] {});
    store_ = store.get();
    lane_->use_store(std::move(store));
  }
  lane_->connect({lane_.get()});
  open_types();
  if (is_draining_) lane_->drain();
}

void LaneWorld::Host::open_types() {
  for (std::uint32_t type = 0; type < lane_types.size(); ++type) {
    lanes::TypePlan plan;
    plan.index = lanes::TypeIndex{type};
    plan.shard_count = lane_shards;
    plan.type = world_.types_[type];
    plan.policy.durability = type == 0 ? lanes::Durability::events : lanes::Durability::state;
    if (const std::int64_t idle_ms = world_.plan_.passivate_after_ms; idle_ms > 0)
      plan.policy.passivate_after = std::chrono::milliseconds(idle_ms);
    if (world_.plan_.active_max > 0)
      plan.active_max = std::make_shared<const std::atomic<std::uint32_t>>(world_.plan_.active_max);
    lane_->put([plan](lanes::Lane& lane) { lane.open_type(plan); });
    lanes::SourcePlan source;
    source.source = lanes::SourceIndex{type};
    source.name = topic_of(type);
    source.group = "group";
    source.type = plan.index;
    source.commit_interval = std::chrono::milliseconds(30);
    for (std::uint32_t shard = 0; shard < lane_shards; ++shard) {
      const auto number = static_cast<std::int32_t>(shard);
      source.partitions.push_back({topic_of(type), Partition{number},
                                   Offset{world_.topics_.partition(topic_of(type), number).committed},
                                   std::nullopt, std::make_shared<lanes::PartitionCounters>()});
    }
    lane_->put([source](lanes::Lane& lane) { SHOAL_ASSERT(lane.open_source(source).has_value()); });
  }
}

void LaneWorld::Host::drain() {
  world_.trace(number_, "drains");
  is_draining_ = true;
  if (lane_) lane_->drain();
}

void LaneWorld::Host::kill() {
  if (has_ended() || is_dead_) return;
  world_.trace(number_, "is killed");
  is_dead_ = true;
  sender_.die();
  if (log_ != nullptr) log_->die();
  world_.disk_->kill(number_);
  if (has_log()) log_fiber_.resume();
  if (has_lane()) lane_fiber_.resume();
}

bool LaneWorld::Host::ask(std::uint32_t type, const std::string& id, const std::string& commands,
                          lanes::OnReply on_reply) {
  lanes::Message message;
  message.type = lanes::TypeIndex{type};
  message.shard = ShardId{shard_of_id(id)};
  message.id = id;
  message.message_index = 0;
  message.body = commands;
  const std::int64_t timeout_ms = !world_.is_quiet_ && world_.chance_.once_in(12) ? 3 : 20'000;
  message.deadline = lanes::Clock::time_point(std::chrono::nanoseconds(steady_ns() + timeout_ms * ms));
  message.on_reply = std::move(on_reply);
  auto parcel = std::make_unique<lanes::Parcel>();
  lanes::add(*parcel, message);
  return lane_->put(parcel);
}

}  // namespace shoal::sim
