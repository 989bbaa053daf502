// How a run of lanes ends: nothing fails any more, a last host takes everything, finishes what there is, and
// is looked at; so is the one after it.

#include <algorithm>
#include <functional>
#include <utility>

#include "tests/sim/lanes/lane_host.hpp"
#include "tests/sim/lanes/lane_world.hpp"

namespace shoal::sim {

namespace {

constexpr std::uint64_t quiet_steps_max = 60'000;
constexpr std::int64_t settle_ns = 400'000'000;  // some ticks of a lane
constexpr std::int64_t stand_still_ns = 4'000'000'000;

}  // namespace

bool LaneWorld::all_is_committed() const {
  return std::all_of(topics_.partitions().begin(), topics_.partitions().end(), [](const auto& entry) {
    return entry.second.committed == static_cast<std::int64_t>(entry.second.records.size());
  });
}

// Everybody in turn. False, and a breach, where it does not come to that.
bool LaneWorld::run_quietly(const char* what, const std::function<bool()>& is_done) {
  for (std::uint64_t i = 0; i < quiet_steps_max; ++i) {
    if (is_done()) return true;
    pass_time();
    for (Host* host : hosts()) {
      if (host->has_log()) resume(*host, false);
      if (host->has_lane()) resume(*host, true);
      host->sender().go_on();
    }
    remove_ended();
    if (!oracle_.breaches().empty()) return false;
  }
  oracle_.breach(std::string("in quiet it does not come to that: ") + what);
  return false;
}

// What each entity answers; an entity that does not is a breach.
std::map<std::string, Numbers> LaneWorld::look_at_all(Host& host) {
  // Who gives up does not wait for the answers that are left.
  struct Answers {
    std::map<std::string, Numbers> last;
    std::size_t left = 0;
  };
  const auto answers = std::make_shared<Answers>();
  for (std::uint32_t type = 0; type < lane_types.size(); ++type) {
    for (const char* id : lane_ids) {
      const std::string entity = std::string(lane_types[type]) + "/" + id;
      const LaneOracle::Question question = oracle_.ask(entity, std::nullopt);
      ++answers->left;
      const std::uint32_t number = host.number();
      host.ask(type, id, "", [this, number, entity, question, answers](Result<lanes::Reply> reply) {
        --answers->left;
        trace(number, "answers " + entity + ": " + (reply ? reply.value().body : reply.error().message));
        if (!reply) return oracle_.breach(entity + " cannot be asked in quiet: " + reply.error().message);
        oracle_.answered(question, reply.value().body, false);
        answers->last[entity] = numbers_of(reply.value().body);
      });
    }
  }
  run_quietly("answers of all entities", [&answers] { return answers->left == 0; });
  return answers->last;
}

void LaneWorld::end_in_quiet() {
  is_quiet_ = true;
  if (chance_.once_in(2)) {
    kill_all();
  } else {
    for (Host* host : hosts()) {
      host->pause(Host::Pause::both, now_ns_);
      if (!host->is_draining()) host->drain();
    }
    if (!run_quietly("the end of hosts that drain", [this] { return hosts_.empty(); })) return kill_all();
  }
  start_host();
  Host& first = *hosts_.back();
  if (!run_quietly("a host", [&first] { return first.has_lane(); })) return;
  const std::int64_t begin_ns = now_ns_;
  const auto has_settled = [&] {
    // A partition that was made anew may stand still.
    const std::int64_t passed_ns = now_ns_ - begin_ns;
    const bool is_committed = all_is_committed() || (plan_.remakes_topics && passed_ns > stand_still_ns);
    return is_committed && first.sender().is_idle() && !first.has_tells() && passed_ns > settle_ns;
  };
  if (!run_quietly("offsets of all records", has_settled)) return;
  look_at_all(first);
  // All shards have their logs: what they send again comes with the next ticks.
  const std::int64_t opened_ns = now_ns_;
  const auto is_done = [&] {
    return first.sender().is_idle() && !first.has_tells() && now_ns_ - opened_ns > settle_ns;
  };
  if (!run_quietly("acknowledgements", is_done)) return;
  const std::map<std::string, Numbers> last = look_at_all(first);
  if (!oracle_.breaches().empty()) return;
  oracle_.check_end(last);
  if (chance_.once_in(2)) {
    first.drain();
    if (!run_quietly("the end of a host that drains", [this] { return hosts_.empty(); })) return;
  } else {
    kill_all();
  }
  start_host();
  Host& second = *hosts_.back();
  if (!run_quietly("another host", [&second] { return second.has_lane(); })) return;
  if (look_at_all(second) != last) oracle_.breach("the next host has something else");
}

}  // namespace shoal::sim
