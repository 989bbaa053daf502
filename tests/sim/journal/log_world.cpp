#include "tests/sim/journal/log_world.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "tests/sim/journal/log_process.hpp"

namespace shoal::sim {

namespace {

constexpr std::uint64_t calls_max = 20'000;
const char* name_of(Call call) {
  constexpr std::array names = {"create",         "open",   "exists",   "list", "make_directory",
                                "sync_directory", "remove", "rename",   "link", "read",
                                "write",          "fill",   "datasync", "lock"};
  return names[static_cast<std::size_t>(call)];
}

constexpr std::uint64_t starts_max = 6;  // of processes beyond the first ones

// Of what others can see. What is synced they see before; only a failing power tells.
bool is_visible(const DiskCall& call) {
  if (call.path.ends_with(".lock")) return false;
  return call.call != Call::datasync && call.call != Call::sync_directory && call.call != Call::fill &&
         call.call != Call::make_directory;
}

}  // namespace

LogWorld::LogWorld(const LogPlan& plan, Chance& chance, std::uint64_t seed)
    : plan_(plan), chance_(chance), ids_(seed), disk_(std::make_unique<MemoryDisk>()) {
  for (std::uint32_t shard = 0; shard < plan.shards; ++shard) oracles_.emplace_back(breaches_);
}

LogWorld::~LogWorld() { kill_all(); }

std::vector<LogWorld::Process*> LogWorld::alive() const {
  std::vector<Process*> alive;
  for (const auto& process : processes_) {
    if (process->is_alive()) alive.push_back(process.get());
  }
  return alive;
}

void LogWorld::trace(std::uint32_t process, const std::string& what) const {
  if (plan_.trace != nullptr) *plan_.trace << process << " " << what << "\n";
}

// At every call of the disk the process stops; whoever goes on is chosen.
Fault LogWorld::called(const DiskCall& call) {
  if (running_ == nullptr) return Fault::none;
  ++calls_;
  note(call.process);
  note(static_cast<std::uint64_t>(call.call));
  note(std::hash<std::string>{}(call.path));
  if (plan_.trace != nullptr) trace(call.process, std::string("  ") + name_of(call.call) + " " + call.path);
  if (!plan_.scripts.empty()) {
    switch_scripted(call);
    return Fault::none;
  }
  running_->fiber().stop();
  if (!plan_.has_disk_errors || !chance_.once_in(400)) return Fault::none;
  is_disk_sound_ = false;
  note(1);
  return chance_.once_in(2) ? Fault::input_output : Fault::disk_full;
}

// Goes on, unless another one is chosen; so often it may be.
void LogWorld::switch_scripted(const DiskCall& call) {
  if (!is_visible(call) || switches_ >= plan_.switches_max) return;
  const std::size_t others = alive().size() - 1;
  if (others == 0 || chance_.below(2) == 0) return;
  ++switches_;
  running_->fiber().stop();
}

void LogWorld::start_process() {
  const std::size_t index = processes_.size();
  std::vector<Step> script;
  if (!plan_.scripts.empty()) script = plan_.scripts[index];
  processes_.push_back(std::make_unique<Process>(*this, next_process_++, std::move(script)));
  if (!plan_.scripts.empty()) processes_.back()->open();
}

// One of them, to its next call of the disk. Of two that are scripted the other one goes on.
void LogWorld::go_on() {
  std::vector<Process*> candidates = alive();
  if (!plan_.scripts.empty() && candidates.size() > 1) std::erase(candidates, running_);
  Process* next = running_;
  const bool stays = plan_.scripts.empty() && next != nullptr && next->is_alive() && !chance_.once_in(12);
  if (!stays) next = candidates[candidates.size() == 1 ? 0 : chance_.below(candidates.size())];
  running_ = next;
  next->fiber().resume();
}

void LogWorld::kill(Process& process) {
  if (!process.is_alive()) return;
  Process* before = std::exchange(running_, nullptr);
  trace(process.number(), "is killed");
  disk_->kill(process.number());
  process.fiber().resume();
  running_ = before == &process ? nullptr : before;
}

void LogWorld::kill_all() {
  for (const auto& process : processes_) kill(*process);
  running_ = nullptr;
}

void LogWorld::power_failure() {
  trace(0, "the power fails");
  kill_all();
  processes_.clear();
  auto left = std::make_unique<MemoryDisk>(disk_->after_power_failure(
      MemoryDisk::Unsynced::is_drawn, [this](std::uint64_t below) { return chance_.below(below); }));
  disk_ = std::move(left);
  disk_->set_hook([this](const DiskCall& call) { return called(call); });
}

void LogWorld::crash() {
  if (!plan_.has_crashes || !chance_.once_in(plan_.calls_a_crash)) return;
  note(2);
  const std::vector<Process*> candidates = alive();
  if (chance_.once_in(3)) {
    power_failure();
  } else {
    kill(*candidates[chance_.below(candidates.size())]);
  }
}

// In quiet, two owners one after the other find all that counts.
void LogWorld::recover() {
  running_ = nullptr;
  const bool was_sound = std::exchange(is_disk_sound_, true);
  if (plan_.has_crashes && chance_.once_in(2)) power_failure();
  kill_all();
  processes_.clear();
  for (int i = 0; i < 2 && breaches_.empty(); ++i) {
    Process process(*this, next_process_++, {});
    process.recover();
    process.end();
  }
  is_disk_sound_ = was_sound;
}

LogRun LogWorld::run() {
  disk_->set_hook([this](const DiskCall& call) { return called(call); });
  const std::uint64_t first = plan_.scripts.empty() ? plan_.processes : plan_.scripts.size();
  while (processes_.size() < first) start_process();
  const std::uint64_t last_process = next_process_ + starts_max;
  while (breaches_.empty() && calls_ < calls_max) {
    if (plan_.scripts.empty() && next_process_ < last_process && alive().size() < plan_.processes) {
      start_process();
    }
    if (alive().empty()) break;
    go_on();
    if (!alive().empty()) crash();
  }
  kill_all();
  if (breaches_.empty()) recover();
  LogRun run{breaches_, hash_, calls_, 0, owners_};
  for (const LogOracle& oracle : oracles_) run.known += oracle.texts_known();
  return run;
}

}  // namespace shoal::sim
