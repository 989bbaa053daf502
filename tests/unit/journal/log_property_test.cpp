// Goal: whatever two processes do to the logs of their shards, and whenever they or the power fail, a
// shard holds what was acknowledged, and beyond that at most the beginning of what was on its way. Method:
// random steps on a disk in memory beside a model of what each shard holds; rapidcheck makes a failing run
// short. SHOAL_TEST_LONG=1 takes more runs; RC_PARAMS="seed=…" repeats one.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <random>

#include "tests/sim/journal/memory_disk.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::journal {
namespace {

using sim::Call;
using sim::DiskCall;
using sim::Fault;
using sim::Killed;
using sim::MemoryDisk;
using sim::Owner;
using sim::Texts;

constexpr std::uint64_t property_segment_bytes = 4 * 1024;
constexpr std::size_t checkpoint_bytes_max = 3 * 1024;  // a record has to fit into a segment
constexpr std::size_t sides = 2;
constexpr std::uint32_t shard_count = 2;

enum class Act : std::uint8_t { claim, append, commit, read, checkpoint, close, idle, crash, power_failure };

struct Step {
  Act act = Act::append;
  std::size_t side = 0;
  std::uint32_t shard = 0;
  std::size_t size = 0;      // of the text
  std::uint32_t killed = 0;  // at which call that changes the disk; 0: at none
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  constexpr std::array names = {"claim", "append", "commit", "read",         "checkpoint",
                                "close", "idle",   "crash",  "power_failure"};
  return out << names.at(static_cast<std::size_t>(step.act)) << "(side " << step.side << ", shard "
             << step.shard << ", size " << step.size << ", killed " << step.killed << ")";
}

rc::Gen<Step> a_step() {
  using rc::gen::element;
  const auto act = rc::gen::weightedElement<Act>({{4, Act::claim},
                                                  {12, Act::append},
                                                  {8, Act::commit},
                                                  {3, Act::read},
                                                  {3, Act::checkpoint},
                                                  {1, Act::close},
                                                  {2, Act::idle},
                                                  {1, Act::crash},
                                                  {1, Act::power_failure}});
  return rc::gen::build<Step>(
      rc::gen::set(&Step::act, act), rc::gen::set(&Step::side, rc::gen::inRange<std::size_t>(0, sides)),
      rc::gen::set(&Step::shard, rc::gen::inRange<std::uint32_t>(0, shard_count)),
      rc::gen::set(&Step::size, element<std::size_t>(1, 20, 400, 1'300)),
      rc::gen::set(&Step::killed, rc::gen::weightedElement<std::uint32_t>(
                                      {{20, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 6}})));
}

// What a shard holds, as far as the outside can know.
struct ModelShard {
  Texts counted;
  Texts pending;                    // appended by the last owner and not acknowledged; a beginning may hold
  std::optional<std::size_t> side;  // whose claim was the last to succeed, while it lives
  bool is_contested = false;        // a later claim was tried
  bool is_closed = false;
};

std::size_t bytes_of(const Texts& texts) {
  std::size_t bytes = 0;
  for (const auto& [sequence, text] : texts) bytes += text.size() + 16;
  return bytes;
}

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    for (std::size_t side = 0; side < sides; ++side) reopen(side);
  }

  void take(const Step& step) {
    Side& side = sides_.at(step.side);
    left_ = step.killed;
    disk_.set_hook([this](const DiskCall& call) {
      if (sim::changes(call.call) && left_ > 0 && --left_ == 0) throw Killed{};
      return Fault::none;
    });
    try {
      act(step, side);
      disk_.set_hook(nullptr);
    } catch (const Killed&) {
      disk_.set_hook(nullptr);
      crash(step.side);
    }
  }

  // All shards, by an owner that comes last.
  void read_all() {
    power_failure();
    for (std::uint32_t shard = 0; shard < shard_count; ++shard) claim(0, shard);
  }

 private:
  struct Side {
    std::uint32_t process = 0;
    std::unique_ptr<Storage> storage;
    std::unique_ptr<Owner> owner;
    std::set<std::uint32_t> owned;  // as far as it knows
  };

  void act(const Step& step, Side& side) {
    const bool owns = side.owned.contains(step.shard);
    switch (step.act) {
      case Act::claim:
        return claim(step.side, step.shard);
      case Act::append:
        if (owns) append(step);
        return;
      case Act::commit:
        return commit(step.side);
      case Act::read:
        commit(step.side);
        if (side.owned.contains(step.shard)) read(side, step.shard);
        return;
      case Act::checkpoint:
        if (owns && bytes_of(side.owner->texts(step.shard)) < checkpoint_bytes_max) {
          side.owner->append_checkpoint(step.shard);
        }
        return;
      case Act::close:
        if (!owns) return;
        side.owner->append_closed(step.shard);
        return commit(step.side);
      case Act::idle:
        RC_ASSERT(side.owner->log().idle().has_value());
        return;
      case Act::crash:
        return crash(step.side);
      case Act::power_failure:
        return power_failure();
    }
  }

  void reopen(std::size_t index) {
    Side& side = sides_.at(index);
    side.process = ++processes_;
    side.storage = disk_.process(side.process);
    side.owner = std::make_unique<Owner>(*side.storage, property_segment_bytes, [this] { return random_(); });
    RC_ASSERT(side.owner->open().has_value());
  }

  void end(std::size_t index) {
    Side& side = sides_.at(index);
    disk_.kill(side.process);
    side = Side{};
    for (ModelShard& shard : model_) {
      if (shard.side == index) shard.side.reset();
    }
  }
  void crash(std::size_t index) {
    end(index);
    reopen(index);
  }
  void power_failure() {
    for (std::size_t index = 0; index < sides; ++index) end(index);
    disk_ = disk_.after_power_failure(MemoryDisk::Unsynced::is_drawn,
                                      [this](std::uint64_t below) { return random_() % below; });
    for (std::size_t index = 0; index < sides; ++index) reopen(index);
  }

  void claim(std::size_t index, std::uint32_t number) {
    commit(index);
    Side& side = sides_.at(index);
    if (side.owned.contains(number)) return;
    ModelShard& shard = model_.at(number);
    const bool was_contested = std::exchange(shard.is_contested, true);
    const auto outcome = side.owner->claim(number);
    const auto* claimed = std::get_if<Claimed>(&outcome);
    if (claimed == nullptr) RC_FAIL(std::get<ClaimRefused>(outcome).message);
    if (shard.is_closed && !was_contested) RC_ASSERT(claimed->earlier_lease_ms == 0);
    const auto texts = side.owner->read(number);
    if (!texts) RC_FAIL(texts.error().message);
    check_beginning(texts.value(), shard);
    shard = {texts.value(), {}, index, false, false};
    side.owned.insert(number);
  }

  // All that counted, and of what was on its way a beginning.
  static void check_beginning(const Texts& texts, const ModelShard& shard) {
    Texts expected = shard.counted;
    for (const auto& [sequence, text] : shard.pending) {
      if (expected.size() < texts.size()) expected.emplace(sequence, text);
    }
    RC_ASSERT(texts == expected);
  }

  void append(const Step& step) {
    const std::string text = std::to_string(++texts_) + std::string(step.size, 'x');
    const std::uint64_t sequence = sides_.at(step.side).owner->append(step.shard, text);
    ModelShard& shard = model_.at(step.shard);
    if (shard.side == step.side) shard.pending[sequence] = text;
  }

  void commit(std::size_t index) {
    Side& side = sides_.at(index);
    if (side.owner->buffer().empty()) return;
    const CommitOutcome outcome = side.owner->commit();
    RC_ASSERT(outcome.state == CommitState::done);
    for (const Counted& counted : outcome.counted) {
      ModelShard& shard = model_.at(counted.shard.shard.value);
      RC_ASSERT(shard.side == index);
      shard.counted.merge(shard.pending);
      shard.pending.clear();
    }
    for (const Failed& failed : outcome.failed) {
      ModelShard& shard = model_.at(failed.shard.shard.value);
      RC_ASSERT(failed.reason == LogFailure::newer_claim);
      RC_ASSERT(shard.side != index || shard.is_contested);
      if (shard.side == index) shard.side.reset();
      side.owned.erase(failed.shard.shard.value);
    }
    for (const LogShard& closed : outcome.closed) {
      ModelShard& shard = model_.at(closed.shard.value);
      shard.side.reset();
      shard.is_closed = true;
      side.owned.erase(closed.shard.value);
    }
  }

  void read(Side& side, std::uint32_t number) {
    const ModelShard& shard = model_.at(number);
    const bool is_owner = shard.side && &sides_.at(*shard.side) == &side;
    const auto texts = side.owner->read(number);
    // Who was overtaken without knowing it may find nothing there any more.
    if (!is_owner) return;
    if (!texts) RC_FAIL(texts.error().message);
    RC_ASSERT(texts.value() == shard.counted);
  }

  std::mt19937_64 random_;
  MemoryDisk disk_;
  std::array<Side, sides> sides_;
  std::array<ModelShard, shard_count> model_;
  std::uint32_t processes_ = 0;
  std::uint64_t texts_ = 0;
  std::uint32_t left_ = 0;
};

TEST(LogPropertyTest, AShardHoldsWhatWasAcknowledged) {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  // As many runs, of up to so many steps; what is set outside counts.
  const bool takes_long = is_long != nullptr && *is_long != '\0';
  ::setenv("RC_PARAMS", takes_long ? "max_success=20000 max_size=300" : "max_success=300 max_size=150", 0);
  const bool holds = rc::check("a shard holds what was acknowledged", [] {
    Simulation simulation(*rc::gen::arbitrary<std::uint64_t>());
    for (const Step& step : *rc::gen::container<std::vector<Step>>(a_step())) simulation.take(step);
    simulation.read_all();
  });
  EXPECT_TRUE(holds) << "the steps and the seed stand above";
}

}  // namespace
}  // namespace shoal::journal
