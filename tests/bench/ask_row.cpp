// The rows of asks and their floor: items that two threads hand to and fro, each with a queue and an eventfd
// it sleeps on.

#include <concurrentqueue.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "local_module.h"
#include "local_rows.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kWarmUpAsks = 2'000;

double median_us(std::vector<std::uint32_t>& samples_ns) {
  const auto middle = samples_ns.begin() + static_cast<std::ptrdiff_t>(samples_ns.size() / 2);
  std::nth_element(samples_ns.begin(), middle, samples_ns.end());
  return *middle / 1e3;
}

AskFigures run(LocalLanes& lanes, std::string_view asker, std::string_view peer, ask_order order) {
  order.peer_size = static_cast<std::uint32_t>(peer.size());
  std::memcpy(order.peer, peer.data(), peer.size());
  std::string body(reinterpret_cast<const char*>(&order), sizeof order);
  const std::string answer = lanes.ask(lanes.make("asker", asker, "run", std::move(body)));
  ask_report report{};
  std::memcpy(&report, answer.data(), sizeof report);
  if (report.failed > 0 || report.asks != order.asks) fail("asks got no answer");
  std::vector<std::uint32_t> samples(report.asks);
  std::memcpy(samples.data(), answer.data() + sizeof report, samples.size() * sizeof samples[0]);
  return {median_us(samples), report.asks / (static_cast<double>(report.total_ns) / 1e9)};
}

// One of the two threads.
class Hand {
 public:
  Hand() : wake_fd_(eventfd(0, EFD_CLOEXEC)) {}
  ~Hand() { close(wake_fd_); }
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;

  using Item = std::uint64_t;
  static constexpr std::size_t kItemsMax = 64;

  void put(const Item* items, std::size_t count) {
    queue_.enqueue_bulk(items, count);
    if (!sleeping_.exchange(false)) return;
    const std::uint64_t one = 1;
    if (write(wake_fd_, &one, sizeof one) != sizeof one) fail("no eventfd");
  }

  std::size_t take(std::array<Item, kItemsMax>& items) {
    for (;;) {
      if (const std::size_t count = queue_.try_dequeue_bulk(items.data(), items.size())) return count;
      sleeping_.exchange(true);
      // Who put something in before that saw it awake, and does not write.
      if (queue_.size_approx() > 0 && sleeping_.exchange(false)) continue;
      std::uint64_t wakes = 0;
      if (read(wake_fd_, &wakes, sizeof wakes) != sizeof wakes) fail("no eventfd");
    }
  }

 private:
  moodycamel::ConcurrentQueue<Item> queue_;
  std::atomic<bool> sleeping_{false};
  int wake_fd_;
};

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// The calling thread stays on one processor: the one of this number of those that the process may use.
void stay_on(int number) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("no affinity");
  int left = number % CPU_COUNT(&allowed);
  std::size_t processor = 0;
  while (!CPU_ISSET(processor, &allowed) || left-- > 0) ++processor;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) fail("no affinity");
}

AskFigures hand_over(std::uint32_t outstanding) {
  Hand there;
  Hand back;
  std::thread peer([&] {
    stay_on(1);
    std::array<Hand::Item, Hand::kItemsMax> items{};
    for (std::size_t seen = 0; seen < AskPlan{}.asks;) {
      const std::size_t count = there.take(items);
      back.put(items.data(), count);
      seen += count;
    }
  });
  stay_on(0);  // after the other one has begun, which would stay there, too
  std::vector<std::uint32_t> samples;
  std::array<Hand::Item, Hand::kItemsMax> items{};
  const std::uint64_t begin = now_ns();
  items.fill(begin);
  there.put(items.data(), outstanding);
  std::uint32_t asked = outstanding;
  while (samples.size() < AskPlan{}.asks) {
    const std::size_t count = back.take(items);
    const std::uint64_t now = now_ns();
    for (std::size_t i = 0; i < count; ++i) {
      samples.push_back(static_cast<std::uint32_t>(now - std::exchange(items[i], now)));
    }
    const auto again = std::min(static_cast<std::uint32_t>(count), AskPlan{}.asks - asked);
    if (again > 0) there.put(items.data(), again);
    asked += again;
  }
  const auto total_ns = static_cast<double>(now_ns() - begin);
  peer.join();
  return {median_us(samples), AskPlan{}.asks / (total_ns / 1e9)};
}

}  // namespace

AskFigures measure_ask(const LocalLanes::Options& options, const AskPlan& plan) {
  LocalLanes lanes(options);
  const std::string asker = lanes.id_on(0, "asker-");
  const std::string peer = lanes.id_on(plan.same_lane ? 0 : 1, "peer-");
  const std::uint32_t persists = plan.persists ? 1 : 0;
  run(lanes, asker, peer, {kWarmUpAsks, plan.outstanding, 0, persists, {}});
  return run(lanes, asker, peer, {plan.asks, plan.outstanding, 0, persists, {}});
}

// On two processors, as lanes are: on one of them, which the kernel may choose for threads that wake each
// other, a hand-over is a mere switch.
AskFigures measure_hand_over(std::uint32_t outstanding) {
  AskFigures figures;
  std::thread([&] { figures = hand_over(outstanding); }).join();
  return figures;
}

}  // namespace shoal::bench
