// What the host's lanes count, as its status shows it.

#include <numeric>
#include <utility>

#include "host/host_control.hpp"

namespace shoal::host {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;

}  // namespace

std::vector<management::SinkStatus> HostControl::sink_status() const {
  std::vector<management::SinkStatus> sinks;
  for (std::size_t i = 0; i < options_.config->sinks.size(); ++i) {
    management::SinkStatus sink;
    sink.name = options_.config->sinks[i].name;
    sink.topic = options_.config->sinks[i].topic;
    for (std::uint32_t lane = 0; lane < options_.lanes->count(); ++lane) {
      const auto& outputs = options_.lanes->lane(LaneIndex{lane}).counters().outputs;
      if (i >= outputs.size()) continue;
      // Ends before beginnings, so that the difference is never negative.
      sink.in_flight_bytes -= outputs[i].reported_bytes.load(std::memory_order_acquire);
      sink.acknowledged_total += outputs[i].acknowledged.load(std::memory_order_acquire);
      sink.failed_total += outputs[i].failed.load(std::memory_order_acquire);
      sink.emitted_total += outputs[i].emitted.load(std::memory_order_acquire);
      sink.in_flight_bytes += outputs[i].sent_bytes.load(std::memory_order_acquire);
    }
    sink.in_flight = sink.emitted_total - sink.acknowledged_total - sink.failed_total;
    sinks.push_back(std::move(sink));
  }
  return sinks;
}

management::LatencyStatus HostControl::latency() const {
  lanes::LatencyWindow::Counts counts{};
  for (std::uint32_t lane = 0; lane < options_.lanes->count(); ++lane) {
    options_.lanes->lane(LaneIndex{lane}).counters().record_latency.read(counts);
  }
  management::LatencyStatus latency;
  latency.p50_us = lanes::LatencyWindow::quantile_us(counts, 0.5);
  latency.p99_us = lanes::LatencyWindow::quantile_us(counts, 0.99);
  lanes::LatencyHistogram::Totals totals;
  for (std::uint32_t lane = 0; lane < options_.lanes->count(); ++lane) {
    options_.lanes->lane(LaneIndex{lane}).counters().record_latency_total.read(totals);
  }
  for (std::size_t i = 0; i < lanes::LatencyHistogram::bounds_ns.size(); ++i) {
    latency.count += totals.counts[i];
    latency.buckets.push_back(
        {static_cast<double>(lanes::LatencyHistogram::bounds_ns[i]) / kNanosecondsPerSecond, latency.count});
  }
  latency.count += totals.counts.back();
  latency.sum_seconds = static_cast<double>(totals.sum_ns) / kNanosecondsPerSecond;
  return latency;
}

std::vector<management::LaneStatus> HostControl::lane_status() const {
  std::vector<management::LaneStatus> all;
  for (std::uint32_t index = 0; index < options_.lanes->count(); ++index) {
    const lanes::LaneCounters& counters = options_.lanes->lane(LaneIndex{index}).counters();
    management::LaneStatus lane;
    lane.lane = index;
    lanes::LatencyHistogram::Totals totals;
    counters.record_latency_total.read(totals);
    lane.records_total = std::accumulate(totals.counts.begin(), totals.counts.end(), std::uint64_t{0});
    lane.messages_total = counters.messages.load(std::memory_order_relaxed);
    lane.message_dead_letters_total = counters.message_dead_letters.load(std::memory_order_relaxed);
    lane.inbox_bytes = options_.lanes->lane(LaneIndex{index}).inbox_bytes();
    lane.outbox_bytes = counters.waiting.outbox_bytes.load(std::memory_order_relaxed);
    lane.mail_bytes = counters.waiting.mail_bytes.load(std::memory_order_relaxed);
    lane.asks = counters.waiting.asks.load(std::memory_order_relaxed);
    lane.timers = counters.waiting.timers.load(std::memory_order_relaxed);
    lane.tells = counters.waiting.tells.load(std::memory_order_relaxed);
    lane.tells_resent_total = counters.tells_resent.load(std::memory_order_relaxed);
    lane.tells_repeated_total = counters.tells_repeated.load(std::memory_order_relaxed);
    lane.journal_bytes = counters.log_bytes.load(std::memory_order_relaxed);
    lane.journal_freed_bytes_total = counters.log_freed_bytes.load(std::memory_order_relaxed);
    TurnWatchdog::State turn = options_.watchdog->state(LaneIndex{index}, TurnWatchdog::Clock::now());
    lane.turn_seconds = turn.seconds;
    lane.stuck = std::move(turn.stuck);
    all.push_back(std::move(lane));
  }
  return all;
}

std::vector<management::ReasonCount> HostControl::count_reasons(
    CountsOfReasons lanes::LaneCounters::*of_lane) const {
  std::vector<management::ReasonCount> counts;
  // The first reason says that it is none.
  for (std::size_t reason = 1; reason < lanes::dead_letter_reasons; ++reason) {
    management::ReasonCount one{std::string(lanes::name_of(lanes::DeadLetterReason(reason))), 0};
    for (std::uint32_t lane = 0; lane < options_.lanes->count(); ++lane) {
      const lanes::LaneCounters& counters = options_.lanes->lane(LaneIndex{lane}).counters();
      one.count += (counters.*of_lane)[reason].load(std::memory_order_relaxed);
    }
    counts.push_back(std::move(one));
  }
  return counts;
}

}  // namespace shoal::host
