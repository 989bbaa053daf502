// The simulator's figures, one JSON object a line:
//
//   sim_report [--long] [ID…]
//
// Figures of virtual time are the same on every machine; `sim_speed` is the machine's.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/world.hpp"

namespace shoal::sim {
namespace {

constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t minute_ms = 60'000;

enum class Length : std::uint8_t { usual, long_run };

struct Figure {
  std::string id;
  double value;
  std::string unit;
  std::string note;
};
using Figures = std::vector<Figure>;

std::string text(double number) {
  std::array<char, 32> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%.3f", number);
  return {digits.data(), static_cast<std::size_t>(length)};
}

WorldConfig quiet_world(std::size_t nodes) {
  WorldConfig config;
  config.nodes = nodes;
  config.oracle = Oracle::none;
  return config;
}

// Runs `measure` for 0…count-1 on as many threads as there are processors.
template <class Measure>
auto in_parallel(std::size_t count, Measure measure) {
  using Value = decltype(measure(std::size_t{}));
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<std::vector<Value>>> parts;
  for (std::size_t part = 0; part < threads; ++part) {
    parts.push_back(std::async(std::launch::async, [=] {
      std::vector<Value> values;
      for (std::size_t i = part; i < count; i += threads) values.push_back(measure(i));
      return values;
    }));
  }
  std::vector<Value> all;
  for (auto& part : parts) {
    for (Value& value : part.get()) all.push_back(std::move(value));
  }
  return all;
}

Figures form_1000(Length) {
  World world(quiet_world(1'000));
  const std::int64_t start_ms = world.now_ms();
  world.start_all();
  const bool settled = world.run_until(10 * minute_ms, [&] { return world.is_settled(); });
  return {{"sim_form_1000_ms", settled ? static_cast<double>(world.now_ms() - start_ms) : -1, "ms",
           "messages " + std::to_string(world.messages_sent()) + ", bytes " +
               std::to_string(world.bytes_sent())}};
}

// From each crash until each survivor has heard that all of them hold the view that says so.
std::vector<double> detect(std::size_t nodes, std::size_t crashes) {
  World world(quiet_world(nodes));
  world.start_formed();
  world.run_for(20 * second_ms);
  cluster::Random random(nodes);
  std::vector<double> samples;
  for (std::size_t crash = 0; crash < crashes; ++crash) {
    World::NodeIndex subject = random.below(nodes);
    while (!world.is_running(subject)) subject = random.below(nodes);
    world.run_for(static_cast<std::int64_t>(random.below(2'000)));
    const std::int64_t crashed_ms = world.now_ms();
    world.crash(subject);
    std::vector<World::NodeIndex> waiting;
    for (World::NodeIndex node = 0; node < nodes; ++node) {
      if (world.is_running(node)) waiting.push_back(node);
    }
    while (!waiting.empty() && world.now_ms() - crashed_ms < minute_ms) {
      world.run_for(100);
      std::erase_if(waiting, [&](World::NodeIndex node) {
        const cluster::Membership& membership = world.membership(node);
        if (!world.is_seen_gone(node, subject) || !membership.agreement().is_acknowledged()) return false;
        samples.push_back(static_cast<double>(world.now_ms() - crashed_ms));
        return true;
      });
    }
    samples.insert(samples.end(), waiting.size(), static_cast<double>(minute_ms));
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

Figure detect_figure(std::size_t nodes, Length length) {
  const std::vector<double> samples = detect(nodes, length == Length::long_run ? 30 : 5);
  return {"sim_detect_" + std::to_string(nodes) + "_ms", samples[samples.size() * 99 / 100], "ms p99",
          "median " + text(samples[samples.size() / 2]) + ", largest " + text(samples.back())};
}

Figures detect_1000(Length length) { return {detect_figure(1'000, length)}; }
Figures detect_2400(Length length) { return {detect_figure(2'400, length)}; }

struct Idle {
  double messages;  // of a node and second
  double bytes;
};

Idle idle_of(std::size_t nodes) {
  World world(quiet_world(nodes));
  world.start_formed();
  world.run_for(minute_ms);
  const std::uint64_t messages = world.messages_sent();
  const std::uint64_t bytes = world.bytes_sent();
  const std::int64_t seconds = 30;
  world.run_for(seconds * second_ms);
  const double node_seconds = static_cast<double>(seconds) * static_cast<double>(nodes);
  return {static_cast<double>(world.messages_sent() - messages) / node_seconds,
          static_cast<double>(world.bytes_sent() - bytes) / node_seconds};
}

Figures idle(Length) {
  Idle most{};
  Idle of_100{};
  Idle of_2400{};
  std::string note;
  for (const std::size_t nodes : {10U, 30U, 100U, 300U, 1'000U, 2'400U}) {
    const Idle found = idle_of(nodes);
    most = {std::max(most.messages, found.messages), std::max(most.bytes, found.bytes)};
    if (nodes == 100) of_100 = found;
    if (nodes == 2'400) of_2400 = found;
    note += std::to_string(nodes) + " nodes: " + text(found.messages) + " and " + text(found.bytes) + "; ";
  }
  const double growth = std::max(of_2400.messages / of_100.messages, of_2400.bytes / of_100.bytes);
  return {{"idle_messages", most.messages, "messages/node/s", note},
          {"idle_bytes", most.bytes, "bytes/node/s", note},
          {"idle_growth", growth, "x from 100 to 2400", note}};
}

Figures speed(Length) {
  WorldConfig config;
  config.nodes = 100;
  World world(config);
  world.start_formed();
  world.run_for(minute_ms);
  std::vector<double> runs;
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    world.run_for(5 * minute_ms);
    const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start;
    runs.push_back(300 / real.count());
  }
  std::sort(runs.begin(), runs.end());
  return {{"sim_speed", runs[runs.size() / 2], "x real time", "100 nodes, with all oracles"}};
}

struct Losses {
  std::uint64_t removed = 0;
  std::uint64_t called_unreachable = 0;
};

// A lossy hour of 50 nodes.
Losses lossy_hour(std::uint64_t seed) {
  WorldConfig config = quiet_world(50);
  config.seed = seed;
  config.network = {.delay_min_ms = 1, .jitter_ms = 200, .loss = 0.05, .duplicate = 0};
  World world(config);
  world.start_formed();
  world.run_for(60 * minute_ms);
  return {50 - world.running(), world.healthy_called_unreachable()};
}

Figures false_removals(Length length) {
  const std::size_t hours = length == Length::long_run ? 334 : 34;
  Losses all;
  for (const Losses& each : in_parallel(hours, lossy_hour)) {
    all.removed += each.removed;
    all.called_unreachable += each.called_unreachable;
  }
  return {{"sim_false_removals", static_cast<double>(all.removed), "members",
           std::to_string(hours * 50 * 60) + " node-minutes; called unreachable " +
               std::to_string(all.called_unreachable) + " times, by each of 49"}};
}

// 5 of 100 nodes do not hear for 1 to 10 s, then others; how often the others were called unreachable.
std::uint64_t stalled_minutes(std::uint64_t seed, cluster::Lifeguard lifeguard) {
  WorldConfig config = quiet_world(100);
  config.seed = seed;
  config.membership.detector.lifeguard = lifeguard;
  World world(config);
  world.start_formed();
  world.run_for(10 * second_ms);
  cluster::Random random(seed);
  std::vector<World::NodeIndex> stalled;
  for (std::size_t i = 0; i < 5; ++i) stalled.push_back(i * 20 + random.below(20));
  for (int round = 0; round < 20; ++round) {
    for (const World::NodeIndex node : stalled) {
      if (world.is_running(node)) world.deafen(node, 1'000 + static_cast<std::int64_t>(random.below(9'000)));
    }
    world.run_for(15 * second_ms);
  }
  return world.undisturbed_called_unreachable();
}

Figures lifeguard_ratio(Length length) {
  const std::size_t seeds = length == Length::long_run ? 50 : 2;
  std::uint64_t with = 0;
  std::uint64_t without = 0;
  for (const auto& [on, off] : in_parallel(seeds, [](std::size_t seed) {
         return std::pair(stalled_minutes(seed, cluster::Lifeguard::on),
                          stalled_minutes(seed, cluster::Lifeguard::off));
       })) {
    with += on;
    without += off;
  }
  const double ratio = static_cast<double>(without) / static_cast<double>(std::max<std::uint64_t>(with, 1));
  return {{"sim_lifeguard_ratio", ratio, "x fewer",
           std::to_string(with) + " with, " + std::to_string(without) + " without"}};
}

struct Measurement {
  const char* name;
  Figures (*measure)(Length);
};

constexpr Measurement measurements[] = {
    {"form_1000", form_1000},
    {"detect_1000", detect_1000},
    {"detect_2400", detect_2400},
    {"idle", idle},
    {"speed", speed},
    {"false_removals", false_removals},
    {"lifeguard_ratio", lifeguard_ratio},
};

int report(const std::vector<std::string>& arguments) {
  Length length = Length::usual;
  std::vector<std::string> names;
  for (const std::string& argument : arguments) {
    if (argument == "--long") {
      length = Length::long_run;
    } else {
      names.push_back(argument);
    }
  }
  for (const std::string& name : names) {
    const bool is_known = std::any_of(std::begin(measurements), std::end(measurements),
                                      [&](const Measurement& each) { return each.name == name; });
    if (is_known) continue;
    std::fprintf(stderr, "there is no measurement '%s'; there are:", name.c_str());
    for (const Measurement& each : measurements) std::fprintf(stderr, " %s", each.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  for (const Measurement& each : measurements) {
    if (!names.empty() && std::find(names.begin(), names.end(), each.name) == names.end()) continue;
    const auto start = std::chrono::steady_clock::now();
    for (const Figure& figure : each.measure(length)) {
      const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start;
      std::printf(R"({"id": "%s", "value": %s, "unit": "%s", "note": "%s", "took_s": %s})"
                  "\n",
                  figure.id.c_str(), text(figure.value).c_str(), figure.unit.c_str(), figure.note.c_str(),
                  text(real.count()).c_str());
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace shoal::sim

int main(int count, char** arguments) { return shoal::sim::report({arguments + 1, arguments + count}); }
