#pragma once
// MachineStates: the state store of one data directory, in memory. It outlives the hosts that have the
// directory one after the other; a power failure takes its last writes away, from the newest back.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/state_store.hpp"

namespace shoal::sim {

class MachineStates final : public journal::StateStore {
 public:
  // `fails()`: whether this write or read does.
  explicit MachineStates(std::function<bool()> fails) : fails_(std::move(fails)) {}

  Result<std::optional<journal::StoreMark>> mark(journal::LogShard shard) override;
  Result<void> write(journal::LogShard shard, std::span<const journal::StoredState> states,
                     const journal::StoreMark& mark) override;
  Result<std::vector<std::optional<journal::ReadState>>> read(
      journal::LogShard shard, std::span<const std::string_view> entities) override;
  std::unique_ptr<journal::StoreWalk> walk(journal::LogShard shard) override;
  Result<void> drop(journal::LogShard shard) override;
  journal::StoreSize size() override { return {}; }

  // `draw(n)`: a number below n.
  void power_failure(const std::function<std::uint64_t(std::uint64_t)>& draw);

 private:
  struct Shard {
    std::optional<journal::StoreMark> mark;
    std::map<std::string, journal::ReadState, std::less<>> states;
  };
  // Without a mark: the shard is dropped.
  struct Write {
    journal::LogShard shard;
    std::optional<journal::StoreMark> mark;
    std::vector<journal::ReadState> states;
  };
  class Walk;

  void apply(const Write& write);

  std::function<bool()> fails_;
  std::map<journal::LogShard, Shard> shards_;
  std::vector<Write> writes_;  // all of them
};

}  // namespace shoal::sim
