#pragma once
// Two running lanes without Kafka that have the types "script" and "blocking" in four shards each. An
// entity's shard is the last digit of its id, so that "a0" and "b2" live on lane 0, "c1" and "d3" on lane 1.
// An id may be TYPE/ID; without a type it is one of SCRIPT_TYPE, with which a test is built.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

#ifndef SCRIPT_TYPE
#define SCRIPT_TYPE "script"
#endif

namespace shoal::lanes {

class ScriptLanes : public testing::Test {
 protected:
  static constexpr std::uint32_t kLanes = 2;
  static constexpr std::uint32_t kShards = 4;
  static constexpr std::uint32_t kThreads = 2;

  explicit ScriptLanes(const std::function<void(TypePolicy&, const modules::EntityType&)>& change_policy = {},
                       std::chrono::milliseconds tell_hold = std::chrono::milliseconds(1'000),
                       std::shared_ptr<std::atomic<std::uint32_t>> active_max = nullptr,
                       const std::function<void(Lane::Options&)>& change_lane = {})
      : active_max_(std::move(active_max)) {
    const auto loaded = registry_.load(tests::test_module("script"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    std::vector<Lane*> all;
    for (std::uint32_t index = 0; index < kLanes; ++index) {
      Lane::Options options;
      options.index = LaneIndex{index};
      options.lane_count = kLanes;
      options.partition_of = partition_of;
      options.host_number = 7;
      options.outputs.emplace_back();  // to which nobody sends; reports can be of it
      options.tell_hold = tell_hold;
      options.dead_letters = &dead_letter_log_;
      if (change_lane) change_lane(options);
      lanes_.push_back(std::make_unique<Lane>(std::move(options)));
      all.push_back(lanes_.back().get());
    }
    for (const auto& lane : lanes_) lane->connect(all);
    open("script", change_policy);
    open("blocking", change_policy);
    for (const auto& lane : lanes_) lane->start();
  }
  ~ScriptLanes() override {
    for (const auto& lane : lanes_) lane->drain();
    for (const auto& lane : lanes_) lane->join();
    pool_->join();
  }

  void open(std::string_view name,
            const std::function<void(TypePolicy&, const modules::EntityType&)>& change_policy) {
    TypePlan plan;
    plan.index = TypeIndex{static_cast<std::uint32_t>(types_.size())};
    plan.shard_count = kShards;
    plan.type = registry_.find_type(name);
    plan.active_max = active_max_;
    if (change_policy) change_policy(plan.policy, *plan.type);
    if (plan.type->abi->execution == SHOAL_EXECUTION_BLOCKING) {
      pool_ = std::make_shared<BlockingPool>(BlockingPool::Options{std::string(name), kThreads, kLanes});
      plan.pool = pool_;
    }
    const bool is_default = name == SCRIPT_TYPE;
    if (is_default) default_index_ = plan.index;
    types_.push_back(plan.type);
    for (const auto& lane : lanes_) {
      plan.counters = std::make_shared<TypeCounters>();
      if (is_default) counters_.push_back(plan.counters);
      lane->put([plan](Lane& self) { self.open_type(plan); });
    }
  }

  TypeIndex type_of(std::string_view address) const {
    for (std::uint32_t index = 0; index < types_.size(); ++index) {
      if (address.starts_with(types_[index]->name + "/")) return TypeIndex{index};
    }
    return default_index_;
  }

  static std::uint32_t partition_of(shoal_bytes key, std::uint32_t) {
    return static_cast<std::uint32_t>(key.data[key.size - 1] - '0') % kShards;
  }

  Lane& lane_of(std::string_view id) { return *lanes_[partition_of(to_bytes(id), kShards) % kLanes]; }

  Message make(std::string_view address, std::string_view body, std::string_view name = "do") const {
    Message message;
    const std::string_view id = address.substr(address.find('/') + 1);  // all of it without a '/'
    message.type = type_of(address);
    message.shard = ShardId{partition_of(to_bytes(id), kShards)};
    message.id = id;
    message.message_index = *types_[message.type.value]->find_message(name);
    message.body = std::string(body);
    message.deadline = Clock::now() + std::chrono::seconds(30);
    return message;
  }

  bool put(Message message) {
    Lane& lane = lane_of(message.id);
    auto parcel = std::make_unique<Parcel>();
    add(*parcel, message);
    return lane.put(parcel);
  }

  void tell(std::string_view id, std::string_view script) { EXPECT_TRUE(put(make(id, script))); }

  Result<Reply> ask(Message message) {
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    auto answer = promise->get_future();
    message.on_reply = [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); };
    EXPECT_TRUE(put(std::move(message)));
    if (answer.wait_for(std::chrono::seconds(40)) != std::future_status::ready)
      return error(ErrorCode::failed, "the lane is stuck");
    return answer.get();
  }
  Result<Reply> ask(std::string_view id, std::string_view script) { return ask(make(id, script)); }

  // Whether it holds, as soon as it does, else after a while. It may have an effect: it is not asked again.
  template <class Condition>
  static bool comes_true(Condition&& condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (Clock::now() >= deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // The reply's body, or why there is none.
  std::string answer(std::string_view id, std::string_view script) {
    const auto reply = ask(id, script);
    return reply ? reply.value().body : reply.error().message;
  }

  // The entity's notes once they are `expected`, else as they are after a while.
  std::string notes(std::string_view id, std::string_view expected) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    std::string notes;
    do {
      notes = answer(id, "read");
    } while (notes != expected && Clock::now() < deadline);
    return notes;
  }

  std::uint64_t entities() const { return sum(&TypeCounters::entities); }
  std::uint64_t parked() const { return sum(&TypeCounters::parked); }
  std::uint64_t kept_bytes() const { return sum(&TypeCounters::kept_bytes); }

  std::uint64_t sum(std::atomic<std::uint64_t> TypeCounters::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& of_lane : counters_) sum += (of_lane.get()->*counter).load();
    return sum;
  }

  // True once so many are active, and no more.
  bool grows_to(std::uint64_t count) const {
    return comes_true([&] { return entities() >= count; }) && entities() == count;
  }

  // True once no more than so many are active.
  bool shrinks_to(std::uint64_t count) const {
    return comes_true([&] { return entities() <= count; });
  }

  // Runs on the entity's lane and gives what `call` does.
  bool on_lane_of(std::string_view id, const std::function<bool(Lane&)>& call) {
    std::promise<bool> promise;
    lane_of(id).put([&](Lane& lane) { promise.set_value(call(lane)); });
    return promise.get_future().get();
  }

  std::uint64_t dead_letters(DeadLetterReason reason) const {
    std::uint64_t sum = 0;
    for (const auto& lane : lanes_) {
      sum += lane->counters().message_dead_letters_by_reason[static_cast<std::size_t>(reason)].load();
    }
    return sum;
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  DeadLetterLog dead_letter_log_{kLanes};
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  std::vector<std::shared_ptr<const modules::EntityType>> types_;  // by index
  TypeIndex default_index_;
  std::shared_ptr<std::atomic<std::uint32_t>> active_max_;  // null: what the policy says counts
  std::shared_ptr<BlockingPool> pool_;                      // of "blocking"
  std::vector<std::shared_ptr<TypeCounters>> counters_;     // of SCRIPT_TYPE, one a lane
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace shoal::lanes
