#include "tests/sim/lanes/machine_states.hpp"

#include <utility>

namespace shoal::sim {

namespace {

Error failed_to(const char* what) {
  return error(ErrorCode::refused, std::string("the store cannot ") + what);
}

}  // namespace

// As the shard was when it began.
class MachineStates::Walk final : public journal::StoreWalk {
 public:
  explicit Walk(const Shard& shard) {
    for (const auto& [id, state] : shard.states) states_.push_back(state);
  }
  Result<std::optional<journal::ReadState>> next() override {
    return at_ == states_.size() ? std::nullopt : std::optional(states_[at_++]);
  }

 private:
  std::vector<journal::ReadState> states_;
  std::size_t at_ = 0;
};

void MachineStates::apply(const Write& write) {
  Shard& shard = shards_[write.shard];
  shard.mark = write.mark;
  if (!write.mark) shard.states.clear();
  for (const journal::ReadState& state : write.states) shard.states.insert_or_assign(state.entity, state);
}

Result<std::optional<journal::StoreMark>> MachineStates::mark(journal::LogShard shard) {
  return shards_[shard].mark;
}

Result<void> MachineStates::write(journal::LogShard shard, std::span<const journal::StoredState> states,
                                  const journal::StoreMark& mark) {
  if (fails_()) return failed_to("write");
  Write write{shard, mark, {}};
  for (const journal::StoredState& state : states)
    write.states.push_back(
        {std::string(state.entity), state.revision, state.version, std::string(state.bytes)});
  apply(write);
  writes_.push_back(std::move(write));
  return success();
}

Result<std::vector<std::optional<journal::ReadState>>> MachineStates::read(
    journal::LogShard shard, std::span<const std::string_view> entities) {
  if (fails_()) return failed_to("read");
  std::vector<std::optional<journal::ReadState>> states;
  for (const std::string_view entity : entities) {
    const auto found = shards_[shard].states.find(entity);
    states.push_back(found == shards_[shard].states.end() ? std::nullopt : std::optional(found->second));
  }
  return states;
}

std::unique_ptr<journal::StoreWalk> MachineStates::walk(journal::LogShard shard) {
  return std::make_unique<Walk>(shards_[shard]);
}

Result<void> MachineStates::drop(journal::LogShard shard) {
  writes_.push_back({shard, std::nullopt, {}});
  apply(writes_.back());
  return success();
}

void MachineStates::power_failure(const std::function<std::uint64_t(std::uint64_t)>& draw) {
  writes_.resize(writes_.size() - draw(writes_.size() + 1));
  shards_.clear();
  for (const Write& write : writes_) apply(write);
}

}  // namespace shoal::sim
