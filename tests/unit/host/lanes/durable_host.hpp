#pragma once
// A host's lane with a durable type, whose log and state store outlive it; and what tests of both
// durabilities, with and without a store, begin with.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "journal/store_thread.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"
#include "tests/unit/host/lanes/memory_log.hpp"
#include "tests/unit/host/lanes/memory_states.hpp"

namespace shoal::lanes::durable_test {

inline constexpr std::uint32_t kShards = 4;

inline std::uint32_t partition_of(shoal_bytes key, std::uint32_t shards) {
  return static_cast<std::uint32_t>(key.data[key.size - 1] - '0') % shards;
}

// What it was answered, or why not.
inline std::string text_of(std::future<Result<Reply>>& reply) {
  if (reply.wait_for(std::chrono::seconds(40)) != std::future_status::ready) return "the lane is stuck";
  const auto got = reply.get();
  return got ? got.value().body : got.error().message;
}

// Of a lane's log, which calls `wake`.
using MakeLog = std::function<std::unique_ptr<journal::ShardLog>(std::function<void()> wake)>;

struct HostOptions {
  std::string type;
  TypePolicy policy;
  std::uint32_t shards = kShards;
  MemoryStates* states = nullptr;  // null: it has no store
  std::size_t checkpoint_bytes = checkpoint_bytes_default;
  std::chrono::milliseconds lease{200};
};

inline TypePolicy policy_of(Durability durability) {
  TypePolicy policy;
  policy.durability = durability;
  return policy;
}

// A host's lane: it ends with this.
class Host {
 public:
  Host(const MakeLog& make_log, modules::Registry& registry, const HostOptions& host)
      : type_(registry.find_type(host.type)), shards_(host.shards) {
    Lane::Options options;
    options.partition_of = partition_of;
    options.outputs.emplace_back();
    options.lease = host.lease;
    options.checkpoint_bytes = host.checkpoint_bytes;
    lane_ = std::make_unique<Lane>(std::move(options));
    lane_->use_log(make_log(lane_->waker()));
    if (host.states != nullptr) {
      journal::StoreThreadOptions store;
      store.retry_ms = 10;
      store.wake = lane_->waker();
      lane_->use_store(std::make_unique<journal::StoreThread>(*host.states, std::move(store)));
    }
    lane_->connect({lane_.get()});
    TypePlan plan;
    plan.shard_count = shards_;
    plan.type = type_;
    plan.policy = host.policy;
    plan.counters = counters_;
    lane_->put([plan](Lane& self) { self.open_type(plan); });
    lane_->start();
  }
  Host(MemoryJournal& journal, modules::Registry& registry, const HostOptions& host)
      : Host(
            [&journal](std::function<void()> wake) {
              return std::make_unique<MemoryLog>(journal, std::move(wake));
            },
            registry, host) {}
  ~Host() {
    lane_->drain();
    lane_->join();
  }

  std::future<Result<Reply>> start_ask(const std::string& id, std::string_view message, std::string body) {
    Message asked;
    asked.shard = ShardId{partition_of(to_bytes(std::string_view(id)), shards_)};
    asked.id = id;
    asked.message_index = *type_->find_message(message);
    asked.body = std::move(body);
    asked.deadline = Clock::now() + std::chrono::seconds(30);
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    asked.on_reply = [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); };
    auto parcel = std::make_unique<Parcel>();
    lanes::add(*parcel, asked);
    EXPECT_TRUE(lane_->put(parcel));
    return promise->get_future();
  }
  std::string ask(const std::string& id, std::string_view message, std::string body) {
    auto reply = start_ask(id, message, std::move(body));
    return text_of(reply);
  }
  std::string add(const std::string& id, int by) {
    return ask(id, "add", "{\"by\":" + std::to_string(by) + "}");
  }
  std::string add_then(const std::string& id, int by, const std::string& then) {
    return ask(id, "add", "{\"by\":" + std::to_string(by) + ",\"then\":\"" + then + "\"}");
  }
  // What the log says of it: how many records; or why not.
  std::future<std::string> start_history(const std::string& id, std::size_t records_max = 100) {
    auto promise = std::make_shared<std::promise<std::string>>();
    const ShardId shard{partition_of(to_bytes(std::string_view(id)), shards_)};
    const journal::EntityRecords::Wanted wanted{id, journal::Sequence(1), records_max, 1 << 20};
    lane_->put([promise, shard, wanted](Lane& self) {
      self.read_history(TypeIndex{0}, shard, wanted, [promise](auto found) {
        promise->set_value(!found               ? found.error().message
                           : found.value().next ? "more"
                                                : std::to_string(found.value().records.size()));
      });
    });
    return promise->get_future();
  }
  std::string look(const std::string& id) { return ask(id, "look", "{}"); }

  const TypeCounters& counters() const { return *counters_; }
  const LaneCounters& lane_counters() const { return lane_->counters(); }
  // What `look(lane)` says on the lane.
  template <class Look>
  auto on_lane(Look look) {
    std::promise<std::invoke_result_t<Look, Lane&>> promise;
    lane_->put([&](Lane& lane) { promise.set_value(look(lane)); });
    return promise.get_future().get();
  }

 private:
  std::shared_ptr<const modules::EntityType> type_;
  std::uint32_t shards_;
  std::shared_ptr<TypeCounters> counters_ = std::make_shared<TypeCounters>();
  std::unique_ptr<Lane> lane_;
};

// Whether it holds, as soon as it does, else after a while.
template <class Condition>
bool comes_true(Condition&& condition) {
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (Clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

inline std::string sum(int of, int changes) {
  return "{\"sum\":" + std::to_string(of) + ",\"changes\":" + std::to_string(changes) + "}";
}

struct Kind {
  const char* type;
  bool takes_events;
  bool has_store;
};

class DurableTest : public testing::TestWithParam<Kind> {
 protected:
  DurableTest() {
    const auto loaded = registry_.load(tests::test_module("durable"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }
  std::unique_ptr<Host> start() { return std::make_unique<Host>(journal_, registry_, host()); }
  HostOptions host() {
    const Durability durability = GetParam().takes_events ? Durability::events : Durability::state;
    return {.type = GetParam().type, .policy = policy_of(durability), .states = states()};
  }
  MemoryStates* states() { return GetParam().has_store ? &states_ : nullptr; }
  static journal::LogShard shard_of(const std::string& id) {
    return {journal::type_number(GetParam().type),
            ShardId{partition_of(to_bytes(std::string_view(id)), kShards)}};
  }

  MemoryJournal journal_;
  MemoryStates states_;
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
};

}  // namespace shoal::lanes::durable_test
