#include "tests/sim/journal/kafka_world.hpp"

#include <array>
#include <utility>

namespace shoal::sim {
namespace {

constexpr std::uint32_t kafka_processes_max = 8;  // in all
constexpr std::uint64_t quiet_rounds_max = 10'000;

}  // namespace

KafkaWorld::KafkaWorld(const KafkaPlan& plan, Chance& chance)
    : plan_(plan),
      chance_(chance),
      kafka_(plan.shards),
      oracles_(plan.shards, LogOracle(breaches_)),
      surroundings_{kafka_, chance, oracles_, decisions_, plan.bug, plan.has_early_ends, plan.trace} {
  while (processes_.size() < plan.processes) start_process();
}

void KafkaWorld::start_process() {
  const std::uint32_t number = next_process_++;
  processes_.push_back(std::make_unique<KafkaProcess>(surroundings_, number, number));
}

void KafkaWorld::kill(std::size_t index) {
  processes_[index]->client().leave();
  processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(index));
}

void KafkaWorld::land(KafkaProcess& process, std::uint32_t shard) {
  Landing landing = Landing::acknowledged;
  if (plan_.has_faults && chance_.once_in(12)) {
    constexpr std::array faults = {Landing::acknowledged_without_offset, Landing::acknowledged_without_offset,
                                   Landing::written_and_failed, Landing::failed, Landing::failed_and_stray};
    landing = faults[chance_.below(faults.size())];
  }
  if (!process.client().land(shard, landing)) return;
  surroundings_.note(static_cast<std::uint64_t>(landing));
  if (plan_.trace == nullptr) return;
  *plan_.trace << process.number() << "   a message for shard " << shard
               << " lands: " << static_cast<int>(landing) << ", the end is " << kafka_.end(shard) << "\n";
}

void KafkaWorld::land_stray() {
  auto& strays = kafka_.strays;
  if (strays.empty()) return;
  const auto at = strays.begin() + static_cast<std::ptrdiff_t>(chance_.below(strays.size()));
  const MemoryKafka::Stray stray = *at;
  strays.erase(at);
  if (chance_.once_in(2)) return;  // never
  kafka_.append(stray.partition, stray.message);
  surroundings_.note(stray.partition);
  if (plan_.trace != nullptr) *plan_.trace << "0   a late message lands in shard " << stray.partition << "\n";
}

void KafkaWorld::step(KafkaProcess& process, std::uint32_t shard) {
  using enum KafkaStep;
  if (process.is_idle(shard)) {
    constexpr std::array claims = {claim, claim_as_decided, claim_as_decided, claim_late};
    if (chance_.once_in(40)) process.step(claims[chance_.below(claims.size())], shard);
    return;
  }
  constexpr std::array steps = {append,     append,           append,         append,     commit,
                                commit,     commit,           append,         commit,     checkpoint,
                                read_again, begin_checkpoint, end_checkpoint, checkpoint, append};
  process.step(chance_.once_in(60) ? close : steps[chance_.below(steps.size())], shard);
}

void KafkaWorld::act() {
  const std::uint64_t what = chance_.below(100);
  surroundings_.note(what);
  if (what < 40) return step(any(), any_shard());
  if (what < 65) return land(any(), any_shard());
  if (what < 95) {
    any().poll();
    return;
  }
  if (what < 98) return land_stray();
  if (!plan_.has_kills || !chance_.once_in(4) || next_process_ > kafka_processes_max) return;
  kill(chance_.below(processes_.size()));
  start_process();
}

// Where everything lands, everything that was asked for comes.
void KafkaWorld::finish() {
  for (int silent = 0; silent < 20; ++silent) {
    for (const auto& process : processes_) {
      bool came = process->poll();
      for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
        came = process->client().land(shard, Landing::acknowledged) || came;
      }
      if (came) silent = 0;
    }
  }
  for (const auto& process : processes_) {
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
      if (process->waits(shard)) breaches_.push_back("nothing comes of what was asked for");
    }
  }
}

// In quiet, two owners one after the other find all that counts.
void KafkaWorld::recover() {
  while (!kafka_.strays.empty()) land_stray();
  for (int times = 0; times < 2 && breaches_.empty(); ++times) {
    while (!processes_.empty()) kill(0);
    while (!kafka_.strays.empty()) land_stray();
    start_process();
    KafkaProcess& process = *processes_.front();
    std::uint64_t rounds = 0;
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
      while (!process.is_open(shard) && ++rounds < quiet_rounds_max) {
        if (process.is_idle(shard)) process.step(KafkaStep::claim, shard);
        process.client().land(shard, Landing::acknowledged);
        process.poll();
      }
    }
    if (rounds >= quiet_rounds_max) breaches_.push_back("a shard cannot be had in quiet");
  }
}

KafkaRun KafkaWorld::run() {
  for (std::uint64_t i = 0; i < plan_.steps && breaches_.empty(); ++i) act();
  if (breaches_.empty()) finish();
  if (breaches_.empty()) recover();
  KafkaRun run{breaches_, surroundings_.hash, 0, surroundings_.owners, 0};
  for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
    run.known += oracles_[shard].texts_known();
    run.deleted += static_cast<std::uint64_t>(kafka_.low(shard));
  }
  return run;
}

KafkaRun run_kafka_seed(std::uint64_t seed, KafkaBug bug, std::ostream* trace) {
  SeededChance chance(seed);
  KafkaPlan plan;
  plan.shards = 1 + seed % 2;
  plan.processes = 2 + seed / 2 % 2;
  plan.has_faults = seed % 4 != 0;
  plan.has_kills = seed % 3 != 0;
  plan.has_early_ends = seed % 5 == 0;
  plan.bug = bug;
  plan.trace = trace;
  KafkaWorld world(plan, chance);
  return world.run();
}

}  // namespace shoal::sim
