#pragma once
// A state store in memory, which outlives the lane that fills it. What goes wrong with it is the test's to
// say.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "journal/state_store.hpp"

namespace shoal::lanes {

// Any thread.
class MemoryStates final : public journal::StateStore {
 public:
  std::atomic<bool> fails_writes{false};
  std::atomic<bool> is_damaged{false};    // whatever is read; until it is dropped
  std::atomic<std::uint64_t> reads{0};    // of entities
  std::atomic<std::uint64_t> written{0};  // states
  std::atomic<std::uint64_t> dropped{0};  // shards, with something in them
  std::atomic<std::uint64_t> refused{0};  // writes

  Result<std::optional<journal::StoreMark>> mark(journal::LogShard shard) override {
    const std::lock_guard lock(mutex_);
    const auto found = shards_.find(shard);
    return found == shards_.end() ? std::nullopt : std::optional(found->second.mark);
  }
  Result<void> write(journal::LogShard shard, std::span<const journal::StoredState> states,
                     const journal::StoreMark& mark) override {
    if (fails_writes) {
      ++refused;
      return error(ErrorCode::failed, "told to");
    }
    const std::lock_guard lock(mutex_);
    Shard& into = shards_[shard];
    into.mark = mark;
    for (const journal::StoredState& state : states) {
      into.states[std::string(state.entity)] = {std::string(state.entity), state.revision, state.version,
                                                std::string(state.bytes)};
      ++written;
    }
    return success();
  }
  Result<std::vector<std::optional<journal::ReadState>>> read(
      journal::LogShard shard, std::span<const std::string_view> entities) override {
    reads += entities.size();
    if (is_damaged) return error(ErrorCode::refused, "damaged");
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<journal::ReadState>> states;
    for (const std::string_view entity : entities) states.push_back(find(shard, entity));
    return states;
  }
  std::unique_ptr<journal::StoreWalk> walk(journal::LogShard shard) override {
    const std::lock_guard lock(mutex_);
    auto walk = std::make_unique<Walk>();
    for (const auto& [id, state] : shards_[shard].states) walk->states.push_back(state);
    return walk;
  }
  Result<void> drop(journal::LogShard shard) override {
    const std::lock_guard lock(mutex_);
    dropped += shards_.erase(shard);
    is_damaged = false;
    return success();
  }
  journal::StoreSize size() override { return {}; }

  // Of another journal.
  void forge_mark(journal::LogShard shard) {
    const std::lock_guard lock(mutex_);
    ++shards_[shard].mark.owner.value;
  }
  std::optional<journal::ReadState> state(journal::LogShard shard, std::string_view entity) {
    const std::lock_guard lock(mutex_);
    return find(shard, entity);
  }
  // Waits until the store has a checkpoint of the shard whole that begins at or behind `from`. False: it does
  // not come.
  bool has_checkpoint(journal::LogShard shard, std::uint64_t from = 1) {
    return comes([&] { return shards_[shard].mark.checkpoint_begin.value >= from; });
  }
  bool has_state(journal::LogShard shard, std::string_view entity) {
    return comes([&] { return find(shard, entity).has_value(); });
  }

 private:
  struct Shard {
    journal::StoreMark mark{};
    std::map<std::string, journal::ReadState, std::less<>> states;
  };
  struct Walk final : journal::StoreWalk {
    std::vector<journal::ReadState> states;
    std::size_t at = 0;
    Result<std::optional<journal::ReadState>> next() override {
      return at == states.size() ? std::nullopt : std::optional(states[at++]);
    }
  };

  std::optional<journal::ReadState> find(journal::LogShard shard, std::string_view entity) {
    const auto& states = shards_[shard].states;
    const auto found = states.find(entity);
    return found == states.end() ? std::nullopt : std::optional(found->second);
  }
  template <class Condition>
  bool comes(Condition&& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      {
        const std::lock_guard lock(mutex_);
        if (condition()) return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

  std::mutex mutex_;
  std::map<journal::LogShard, Shard> shards_;
};

}  // namespace shoal::lanes
