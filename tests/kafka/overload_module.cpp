// A module for loads beyond what lanes can do. Each turn of `slow` takes a fixed time of a processor, whoever
// sent its message. A `driver` sends `slow` entities of other lanes tells and asks at a rate, however slowly
// they run, and reports what became of them.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

using std::chrono::nanoseconds;

// More in one turn than a lane's mail would take is left for the next.
constexpr std::int64_t kMessagesATurn = 2'000;
constexpr shoal::Milliseconds kTick{1};

std::int64_t time_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Turns that have ended, of all entities.
struct Turns {
  explicit Turns(const shoal::Config&) {}
  std::atomic<std::int64_t> of_records{0};
  std::atomic<std::int64_t> of_tells{0};
  std::atomic<std::int64_t> of_asks{0};
};

struct Work {
  nanoseconds time{};
};

struct Ask {
  std::string body;
  SHOAL_FIELDS(Ask, body)
  SHOAL_DEFAULTED(Ask, body)
};
struct Done {};

struct Slow {
  static Work configure(const shoal::Config& config) {
    return {std::chrono::microseconds(config.get<std::int64_t>("work_us").value_or(0))};
  }

  // A time of the processor and not of the clock: what other programs take is not counted as done.
  static void work(const shoal::Context& ctx) {
    const std::int64_t end = time_of(CLOCK_THREAD_CPUTIME_ID) + ctx.settings<Work>().time.count();
    while (time_of(CLOCK_THREAD_CPUTIME_ID) < end) {
    }
  }

  void on(shoal::Context& ctx, const shoal::Raw&) const {
    work(ctx);
    Turns& turns = ctx.shared<Turns>();
    ++(ctx.record() ? turns.of_records : turns.of_tells);
  }
  void on(shoal::Context& ctx, const Ask&) const {
    work(ctx);
    ++ctx.shared<Turns>().of_asks;
    ctx.reply(Done{});
  }
};

struct Drive {
  std::vector<std::string> targets;  // ids of `slow`
  std::int64_t tells_a_second = 0;
  std::int64_t asks_a_second = 0;
  std::int64_t milliseconds = 0;
  std::int64_t body_bytes = 0;
  std::int64_t ask_timeout_ms = 0;
  SHOAL_FIELDS(Drive, targets, tells_a_second, asks_a_second, milliseconds, body_bytes, ask_timeout_ms)
};

struct AskedAt {
  std::int64_t ns = 0;
  SHOAL_FIELDS(AskedAt, ns)
};

// How the asks of a driver ended.
struct Report {
  std::uint32_t shard = 0;  // of the driver
  bool drives = false;
  std::int64_t tells_sent = 0;
  std::int64_t asks_sent = 0;
  std::int64_t not_taken = 0;  // the turn that would have sent them was refused
  std::int64_t answered = 0;
  std::int64_t overloaded = 0;
  std::int64_t deadline = 0;
  std::int64_t failed = 0;  // in any other way
  double answered_ms_max = 0;
  double overloaded_ms_max = 0;
  double deadline_ms_max = 0;
  std::int64_t record_turns = 0;  // of all `slow` entities, and so on
  std::int64_t tell_turns = 0;
  std::int64_t ask_turns = 0;
  SHOAL_FIELDS(Report, shard, drives, tells_sent, asks_sent, not_taken, answered, overloaded, deadline,
               failed, answered_ms_max, overloaded_ms_max, deadline_ms_max, record_turns, tell_turns,
               ask_turns)
};
struct GetReport {};

class Driver {
 public:
  void on(shoal::Context& ctx, const Drive& order) {
    order_ = order;
    body_.assign(static_cast<std::size_t>(order.body_bytes), 'b');
    report_ = {};
    report_.drives = true;
    began_ns_ = time_of(CLOCK_MONOTONIC);
    ctx.set_timer("tick", {kTick, kTick});
  }

  void on(shoal::Context& ctx, const GetReport&) {
    const Turns& turns = ctx.shared<Turns>();
    report_.shard = ctx.shard();
    report_.record_turns = turns.of_records;
    report_.tell_turns = turns.of_tells;
    report_.ask_turns = turns.of_asks;
    ctx.reply(report_);
  }

  void on_timer(shoal::Context& ctx, const shoal::Timer&) {
    const std::int64_t end_ns = order_.milliseconds * 1'000'000;
    const std::int64_t elapsed_ns = std::min(time_of(CLOCK_MONOTONIC) - began_ns_, end_ns);
    try {
      send_tells(ctx, due(order_.tells_a_second, elapsed_ns) - report_.tells_sent);
      send_asks(ctx, due(order_.asks_a_second, elapsed_ns) - report_.asks_sent);
    } catch (const shoal::EffectError&) {
      ++report_.not_taken;
    }
    if (elapsed_ns < end_ns) return;
    ctx.cancel_timer("tick");
    report_.drives = false;
  }

  void on_reply(shoal::Context&, const shoal::Reply& reply) {
    const std::int64_t ns = time_of(CLOCK_MONOTONIC) - reply.continuation().as<AskedAt>().ns;
    const double ms = static_cast<double>(ns) / 1e6;
    const auto end = [ms](std::int64_t& count, double& longest_ms) {
      ++count;
      longest_ms = std::max(longest_ms, ms);
    };
    if (reply.ok()) {
      end(report_.answered, report_.answered_ms_max);
    } else if (reply.status() == shoal::Status::overloaded) {
      end(report_.overloaded, report_.overloaded_ms_max);
    } else if (reply.status() == shoal::Status::deadline) {
      end(report_.deadline, report_.deadline_ms_max);
    } else {
      ++report_.failed;
    }
  }

 private:
  static std::int64_t due(std::int64_t a_second, std::int64_t elapsed_ns) {
    return a_second * (elapsed_ns / 1'000) / 1'000'000;
  }

  shoal::Address next_target() { return {"slow", order_.targets[next_target_++ % order_.targets.size()]}; }

  void send_tells(shoal::Context& ctx, std::int64_t count) {
    for (std::int64_t i = 0; i < std::min(count, kMessagesATurn); ++i) {
      ctx.tell(next_target(), "work", shoal::Raw{body_}, {.codec = &shoal::raw});
      ++report_.tells_sent;
    }
  }

  void send_asks(shoal::Context& ctx, std::int64_t count) {
    const AskedAt now{time_of(CLOCK_MONOTONIC)};
    shoal::AskOptions options;
    options.timeout = shoal::Milliseconds(order_.ask_timeout_ms);
    for (std::int64_t i = 0; i < std::min(count, kMessagesATurn); ++i) {
      ctx.ask(next_target(), "ask", Ask{body_}, options, shoal::then(1, now));
      ++report_.asks_sent;
    }
  }

  Drive order_;
  Report report_;
  std::string body_;
  std::int64_t began_ns_ = 0;
  std::size_t next_target_ = 0;
};

}  // namespace

SHOAL_MODULE(
    "overload", "1.0.0", shoal::shared<Turns>(),
    shoal::entity<Slow>("slow").on<shoal::Raw>("work", shoal::raw).on<Ask>("ask", shoal::json),
    shoal::entity<Driver>("driver").on<Drive>("drive", shoal::json).on<GetReport>("report", shoal::json))
