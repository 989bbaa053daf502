#include "host/lane_group.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace shoal::host {

namespace {

// The threads of a type whose turns may block, and who watches them.
void make_pool(OpenType& opened, const lanes::TypePolicy& policy, std::uint32_t lanes) {
  const modules::EntityType& type = *opened.type;
  opened.pool = std::make_shared<lanes::BlockingPool>(
      lanes::BlockingPool::Options{type.name, policy.blocking_threads, lanes});
  TurnWatchdog::Options options;
  for (std::uint32_t thread = 0; thread < opened.pool->threads(); ++thread)
    options.watches.push_back(&opened.pool->watch(thread));
  options.warn_after = policy.blocking_warning;
  options.names_of = [names =
                          TurnWatchdog::Names{type.name, type.generation->id(), type.generation->version()}](
                         lanes::TypeIndex) { return names; };
  options.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  options.text = blocking_text_of;
  opened.watchdog = std::make_unique<TurnWatchdog>(std::move(options));
}

}  // namespace

LaneGroup::LaneGroup(std::vector<std::unique_ptr<lanes::Lane>> lanes, PolicyOf policy_of,
                     ActiveLimits& limits)
    : lanes_(std::move(lanes)), policy_of_(std::move(policy_of)), limits_(limits) {
  std::vector<lanes::Lane*> all;
  all.reserve(lanes_.size());
  for (const auto& lane : lanes_) all.push_back(lane.get());
  for (const auto& lane : lanes_) lane->connect(all);
}

void LaneGroup::start() {
  for (const auto& lane : lanes_) lane->start();
}

void LaneGroup::drain() {
  for (const auto& lane : lanes_) lane->drain();
}

bool LaneGroup::ended() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->ended(); });
}

std::string LaneGroup::unended() const {
  std::string text;
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    const lanes::LaneStep step = lanes_[index]->step();
    if (step == lanes::LaneStep::ended) continue;
    text += (text.empty() ? "lane " : ", lane ") + std::to_string(index) + ": " + std::string(text_of(step));
  }
  return text;
}

void LaneGroup::join() {
  for (const auto& lane : lanes_) lane->join();
}

std::shared_ptr<const OpenType> LaneGroup::open_type(const std::shared_ptr<const modules::EntityType>& type,
                                                     std::uint32_t shard_count) {
  auto opened = std::make_shared<OpenType>();
  opened->index = lanes::TypeIndex{types_opened_++};
  opened->shard_count = shard_count;
  opened->type = type;
  opened->active_max = limits_.of(type->name);
  const lanes::TypePolicy policy = policy_of_(*type);
  if (durable_opened_ && policy.durability != lanes::Durability::none)
    durable_opened_(type->name, shard_count);
  if (type->abi->execution == SHOAL_EXECUTION_BLOCKING) make_pool(*opened, policy, count());
  for (const auto& lane : lanes_) {
    opened->counters.push_back(std::make_shared<lanes::TypeCounters>());
    lanes::TypePlan plan{opened->index,           shard_count,        type,        policy,
                         opened->counters.back(), opened->active_max, opened->pool};
    lane->put([plan = std::move(plan)](lanes::Lane& self) { self.open_type(plan); });
  }
  return opened;
}

bool LaneGroup::put(lanes::Message& message) {
  auto parcel = std::make_unique<lanes::Parcel>();
  lanes::add(*parcel, message);
  if (lane(lane_of(message.shard)).put(parcel)) return true;
  if (!parcel->callbacks.empty()) message.on_reply = std::move(parcel->callbacks.front());
  return false;
}

}  // namespace shoal::host
