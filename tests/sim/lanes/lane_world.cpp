#include "tests/sim/lanes/lane_world.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "tests/sim/lanes/lane_host.hpp"

namespace shoal::sim {

namespace {

constexpr std::int64_t us = 1'000;
constexpr std::uint64_t waiting_max = 24;
constexpr std::uint64_t told_from = 1'000'000;  // numbers that entities tell each other

std::string entity_of(std::uint32_t type, const std::string& id) {
  return std::string(lane_types[type]) + "/" + id;
}

}  // namespace

LaneWorld::LaneWorld(const LanePlan& plan, const LaneTypes& types, Chance& chance, std::uint64_t seed)
    : plan_(plan), types_(types), chance_(chance), ids_(seed), disk_(std::make_unique<MemoryDisk>()) {
  disk_->set_hook([this](const DiskCall& call) { return called(call); });
  topics_.on_sunk = [this](const SunkRecord& record) {
    note(record.id);
    trace(0, "the sink has " + record.id + ": " + record.value);
    oracle_.sunk(record);
  };
}

LaneWorld::~LaneWorld() { kill_all(); }

void LaneWorld::trace(std::uint32_t host, const std::string& what) const {
  if (plan_.trace != nullptr) *plan_.trace << now_ns_ / us << " " << host << " " << what << "\n";
}

void LaneWorld::note(std::string_view text) {
  for (const char letter : text) note(static_cast<std::uint64_t>(letter));
}

std::vector<LaneWorld::Host*> LaneWorld::hosts() const {
  std::vector<Host*> all;
  for (const auto& host : hosts_) all.push_back(host.get());
  return all;
}

// The log side of a host is stopped where others can see what it does next, and now and then where it reads.
Fault LaneWorld::called(const DiskCall& call) {
  if (running_ == nullptr || running_->is_dead()) return Fault::none;
  note(call.process);
  note(static_cast<std::uint64_t>(call.call));
  note(call.path);
  if (changes(call.call) || call.call == Call::exists || chance_.once_in(4)) running_->stop_log();
  // Who takes over has some shards for a while, and others not yet.
  if (plan_.bug == LaneBug::tells_before_counting && call.call == Call::create && !is_quiet_ &&
      running_ != nullptr && chance_.once_in(2)) {
    running_->pause(Host::Pause::log, now_ns_ + draw_pause_ns());
  }
  if (!plan_.has_disk_errors || is_quiet_ || running_ == nullptr || !chance_.once_in(500)) return Fault::none;
  is_disk_sound_ = false;
  trace(call.process, "the disk fails: " + call.path);
  return chance_.once_in(2) ? Fault::input_output : Fault::disk_full;
}

// Mostly it is a moment, now and then as long as a part of a lease.
void LaneWorld::pass_time() {
  const std::uint64_t kind = chance_.below(40);
  const std::uint64_t most = kind < 30 ? 50 : kind < 38 ? 1'000 : 20'000;
  now_ns_ += static_cast<std::int64_t>(1 + chance_.below(most)) * us;
}

std::int64_t LaneWorld::draw_pause_ns() {
  const std::uint64_t lease_us = static_cast<std::uint64_t>(plan_.lease_ms) * 1'000;
  return static_cast<std::int64_t>(chance_.below(chance_.once_in(3) ? 4 * lease_us : lease_us / 8)) * us;
}

void LaneWorld::resume(Host& host, bool is_lane) {
  note(host.number() * 2 + (is_lane ? 1 : 0));
  if (is_lane) return host.run_lane();
  running_ = &host;
  host.run_log();
  running_ = nullptr;
}

void LaneWorld::run_somebody() {
  std::vector<std::pair<Host*, bool>> able;
  for (const auto& host : hosts_) {
    if (host->has_lane() && !host->is_lane_paused()) able.emplace_back(host.get(), true);
    if (host->has_log() && !host->is_log_paused()) able.emplace_back(host.get(), false);
  }
  if (able.empty()) return;
  const auto [host, is_lane] = able[chance_.below(able.size())];
  for (std::uint64_t more = 1 + chance_.below(8); more > 0; --more) {
    if (is_lane ? !host->has_lane() || host->is_lane_paused() : !host->has_log()) return;
    resume(*host, is_lane);
  }
}

void LaneWorld::step() {
  pass_time();
  run_somebody();
  if (chance_.once_in(4) && !hosts_.empty()) hosts_[chance_.below(hosts_.size())]->sender().go_on();
  if (chance_.once_in(6)) ask_somebody();
  if (chance_.once_in(16) && records_ < plan_.records_max) add_record();
  meddle();
  remove_ended();
}

void LaneWorld::meddle() {
  if (hosts_.size() < plan_.hosts && next_host_ <= plan_.starts_max &&
      chance_.once_in(hosts_.empty() ? 8 : 120 * plan_.calm))
    return start_host();
  if (hosts_.empty()) return;
  Host& host = *hosts_[chance_.below(hosts_.size())];
  if (chance_.once_in(120 * plan_.calm)) {
    const auto kinds = plan_.has_standing_clocks ? 4U : 3U;
    return host.pause(static_cast<Host::Pause>(chance_.below(kinds)), now_ns_ + draw_pause_ns());
  }
  if (chance_.once_in(plan_.steps_a_drain * plan_.calm) && !host.is_draining() && host.has_lane())
    return host.drain();
  if (plan_.has_crashes && chance_.once_in(250 * plan_.calm)) return host.kill();
  if (plan_.has_power_failures && chance_.once_in(700 * plan_.calm)) return power_failure();
  if (plan_.remakes_topics && chance_.once_in(500)) make_topic_anew();
}

void LaneWorld::start_host() {
  trace(next_host_, "starts");
  std::size_t directory = 0;
  const auto is_taken = [&](const auto& host) { return host->directory() == directory; };
  while (std::any_of(hosts_.begin(), hosts_.end(), is_taken)) ++directory;
  if (directory == stores_.size()) {
    stores_.push_back(std::make_unique<MachineStates>(
        [this] { return plan_.has_disk_errors && !is_quiet_ && chance_.once_in(40); }));
  }
  hosts_.push_back(std::make_unique<Host>(*this, next_host_++, directory));
}

void LaneWorld::remove_ended() {
  std::erase_if(hosts_, [this](const auto& host) {
    if (host->has_ended()) {
      trace(host->number(), "has ended");
      disk_->kill(host->number());
    }
    return host->has_ended();
  });
}

void LaneWorld::kill_all() {
  for (const auto& host : hosts_) host->kill();
  hosts_.clear();
}

void LaneWorld::power_failure() {
  trace(0, "the power fails");
  kill_all();
  auto left = std::make_unique<MemoryDisk>(disk_->after_power_failure(
      MemoryDisk::Unsynced::is_drawn, [this](std::uint64_t below) { return chance_.below(below); }));
  disk_ = std::move(left);
  for (const auto& store : stores_)
    store->power_failure([this](std::uint64_t below) { return chance_.below(below); });
  disk_->set_hook([this](const DiskCall& call) { return called(call); });
}

// Nobody reads it meanwhile. It is as long as any before it was, or shorter, and grows.
void LaneWorld::make_topic_anew() {
  kill_all();
  const auto type = static_cast<std::uint32_t>(chance_.below(lane_types.size()));
  const auto shard = static_cast<std::uint32_t>(chance_.below(lane_shards));
  const MemoryTopics::PartitionKey key{topic_of(type), static_cast<std::int32_t>(shard)};
  trace(0, "topic " + key.first + "/" + std::to_string(shard) + " is made anew");
  std::size_t& longest = longest_[key];
  longest = std::max(longest, topics_.partition(key.first, key.second).records.size());
  topics_.make_anew(key.first, key.second);
  oracle_.topic_made_anew(key);
  const std::size_t records = longest > 0 && chance_.once_in(2) ? chance_.below(longest) : longest;
  for (std::size_t i = 0; i < records; ++i) add_record(type, draw_id_of(shard));
}

std::string LaneWorld::draw_id_of(std::uint32_t shard) {
  std::string id;
  do {
    id = lane_ids[chance_.below(lane_ids.size())];
  } while (shard_of_id(id) != shard);
  return id;
}

// What an entity is told: to note the number, and perhaps more.
std::string LaneWorld::draw_commands(LaneOracle::Note& note, std::uint64_t number) {
  std::string commands = "note " + std::to_string(number);
  if (chance_.once_in(3)) {
    note.is_emitted = true;
    commands += ";emit";
  }
  if (chance_.once_in(6)) {
    const auto type = static_cast<std::uint32_t>(chance_.below(lane_types.size()));
    const std::string id = lane_ids[chance_.below(lane_ids.size())];
    const std::uint64_t told = told_from + number;
    commands += ";tell " + entity_of(type, id) + " " + std::to_string(told);
    LaneOracle::Note told_note;
    told_note.entity = entity_of(type, id);
    told_note.told_by = number;
    oracle_.will_note(told, std::move(told_note));
  }
  return commands;
}

void LaneWorld::ask_somebody() {
  std::vector<Host*> able = hosts();
  std::erase_if(able, [](const Host* host) { return !host->has_lane(); });
  if (able.empty() || waiting_ >= waiting_max) return;
  Host& host = chance_.once_in(2) ? *able.back() : *able[chance_.below(able.size())];
  const auto type = static_cast<std::uint32_t>(chance_.below(lane_types.size()));
  const std::string id = lane_ids[chance_.below(lane_ids.size())];
  // Who was overtaken learns of it when it writes.
  const bool only_looks = &host == able.back() ? chance_.once_in(2) : !chance_.once_in(6);
  if (only_looks) return ask(host, type, id, std::nullopt, "");
  const std::uint64_t number = next_number_++;
  LaneOracle::Note note;
  note.entity = entity_of(type, id);
  std::string commands = draw_commands(note, number);
  if (chance_.once_in(12)) commands += ";stop";
  if (plan_.has_failing_turns && chance_.once_in(8)) {
    note.fails = true;
    commands += ";fail";
  }
  oracle_.will_note(number, std::move(note));
  ask(host, type, id, number, commands);
}

void LaneWorld::ask(Host& host, std::uint32_t type, const std::string& id,
                    std::optional<std::uint64_t> number, const std::string& commands) {
  const LaneOracle::Question question = oracle_.ask(entity_of(type, id), number);
  trace(host.number(), "is asked: " + entity_of(type, id) + " " + commands);
  ++waiting_;
  const bool is_put =
      host.ask(type, id, commands, [this, question, from = &host](Result<lanes::Reply> reply) {
        --waiting_;
        if (from->is_dead()) return;
        const std::string text = reply ? reply.value().body : reply.error().message;
        note(text);
        trace(from->number(), "answers " + question.entity + ": " + text);
        if (reply) oracle_.answered(question, text, from->has_stood_still());
      });
  if (!is_put) --waiting_;
}

void LaneWorld::add_record() {
  const auto type = static_cast<std::uint32_t>(chance_.below(lane_types.size()));
  const std::string id = lane_ids[chance_.below(lane_ids.size())];
  add_record(type, id);
}

void LaneWorld::add_record(std::uint32_t type, const std::string& id) {
  const auto partition = static_cast<std::int32_t>(shard_of_id(id));
  const MemoryTopics::PartitionKey key{topic_of(type), partition};
  const std::uint64_t number = next_number_++;
  LaneOracle::Note note;
  note.entity = entity_of(type, id);
  note.record = {key, oracle_.generation_of(key)};
  std::string commands;
  if (plan_.has_late_records && chance_.once_in(6)) {
    LaneOracle::Note late = note;
    late.is_late = true;
    commands = "later " + std::to_string(number) + " " + std::to_string(next_number_);
    oracle_.will_note(next_number_++, std::move(late));
  } else {
    commands = draw_commands(note, number);
  }
  oracle_.will_note(number, std::move(note));
  auto& log = topics_.partition(key.first, partition).records;
  trace(0, "topic " + key.first + "/" + std::to_string(partition) + " at " + std::to_string(log.size()) +
               ": " + id + " " + commands);
  log.push_back({id, commands, now_ns_ / (1'000 * us)});
  ++records_;
}

LaneRun LaneWorld::run() {
  start_host();
  for (std::uint64_t i = 0; i < plan_.steps && oracle_.breaches().empty(); ++i) step();
  if (oracle_.breaches().empty()) end_in_quiet();
  kill_all();
  return {oracle_.breaches(), hash_, oracle_.answers(), oracle_.emits(), records_, next_host_ - 1};
}

}  // namespace shoal::sim
