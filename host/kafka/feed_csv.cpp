#include "host/kafka/feed_csv.hpp"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "host/kafka/csv_rows.hpp"
#include "host/kafka/feed_acknowledgements.hpp"
#include "host/kafka/feed_progress.hpp"
#include "host/kafka/feed_topic.hpp"
#include "host/kafka/producer.hpp"
#include "host/kafka/stop_signals.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr const char* client_id = "shoal-feed";
constexpr LaneIndex only_lane{0};
constexpr std::uint32_t queue_records_max = 100'000;
constexpr std::uint32_t queue_kbytes_max = 65'536;
// How many rows go out at full speed between two looks at the signals and the reports.
constexpr std::uint64_t look_around_rows = 256;
constexpr auto wait_step = 100ms;

Result<void> check_options(const FeedOptions& options) {
  if (options.rate_per_second && !(*options.rate_per_second > 0 && std::isfinite(*options.rate_per_second))) {
    return error(ErrorCode::invalid_argument, "the rate must be above 0 records a second");
  }
  if (options.bootstrap_servers.empty()) {
    return error(ErrorCode::invalid_argument, "no broker given: --bootstrap HOST:PORT");
  }
  return success();
}

// One run of the feed. [main] The members' order is that of their starts.
class Feed {
 public:
  Feed(const FeedOptions& options, StopSignals& signals, CsvRows& rows)
      : options_(options), signals_(signals), rows_(rows) {}

  Result<FeedTotals> run(const config::Kafka& kafka);

 private:
  Result<void> send_rows();
  Result<void> send(const CsvRecord& record);
  Result<void> deliver();
  Result<void> wait_for_turn();
  Result<void> look_around(std::chrono::nanoseconds timeout);
  Result<void> check_reports();
  void show_progress(Clock::time_point now);
  std::string progress_text(Clock::time_point now) const;
  bool stopping() const { return stop_signals_taken_ > 0; }
  std::uint64_t unsettled() const {
    return totals_.records - acknowledgements_.acknowledged() - acknowledgements_.failed();
  }

  const FeedOptions& options_;
  StopSignals& signals_;
  CsvRows& rows_;
  FeedAcknowledgements acknowledgements_;
  std::unique_ptr<Producer> producer_;
  SinkTopic topic_;
  ProgressLine progress_line_;
  FeedTotals totals_;
  Clock::time_point started_at_{};
  Clock::time_point settled_at_{};  // when a report last came, or nothing was outstanding
  std::uint64_t settled_ = 0;
  std::uint32_t stop_signals_taken_ = 0;
};

Result<FeedTotals> Feed::run(const config::Kafka& kafka) {
  Producer::Options producer_options;
  producer_options.on_reports = [this](LaneIndex, std::span<const DeliveryReport> reports) {
    acknowledgements_.take(reports);
  };
  producer_options.client_id = client_id;
  producer_options.queue_records_max = queue_records_max;
  producer_options.queue_kbytes_max = queue_kbytes_max;
  SHOAL_TRY(producer, Producer::create(kafka, std::move(producer_options)));
  producer_ = std::move(producer);
  SHOAL_TRY(topic, producer_->resolve(options_.topic));
  topic_ = topic;
  started_at_ = settled_at_ = Clock::now();

  const auto sent = send_rows();
  totals_.stopped = stopping();
  const auto delivered = deliver();
  const auto now = Clock::now();
  totals_.seconds = std::chrono::duration<double>(now - started_at_).count();
  if (options_.progress) {
    progress_line_.finish(progress_text(now));
  }
  SHOAL_TRYV(delivered);
  if (!sent) {
    return error(sent.error().code, sent.error().message + " (" +
                                        with_thousands(acknowledgements_.acknowledged()) +
                                        " records before it were delivered)");
  }
  return totals_;
}

// Until the file's end, the limit, a stop signal or the first record that was not delivered.
Result<void> Feed::send_rows() {
  while (!stopping() && (!options_.limit || totals_.records < *options_.limit)) {
    SHOAL_TRY(record, rows_.next());
    if (!record) {
      return success();
    }
    SHOAL_TRYV(wait_for_turn());
    if (!stopping()) {
      SHOAL_TRYV(send(*record));
    }
    if (acknowledgements_.failed() > 0) {
      return success();  // deliver() reports it
    }
  }
  return success();
}

// Record n is due at start + n / rate, so that a late one does not delay those after it.
Result<void> Feed::wait_for_turn() {
  if (totals_.records % look_around_rows == 0) {
    SHOAL_TRYV(look_around(0ns));
  }
  if (!options_.rate_per_second) {
    return success();
  }
  const std::chrono::duration<double> after_start{static_cast<double>(totals_.records) /
                                                  *options_.rate_per_second};
  const auto due = started_at_ + std::chrono::duration_cast<Clock::duration>(after_start);
  for (auto now = Clock::now(); now < due && !stopping(); now = Clock::now()) {
    SHOAL_TRYV(look_around(std::min<std::chrono::nanoseconds>(due - now, wait_step)));
  }
  return success();
}

Result<void> Feed::send(const CsvRecord& record) {
  const auto key = record.key ? to_bytes(*record.key) : null_bytes;
  auto result = producer_->send(only_lane, record.line, topic_, key, to_bytes(record.json), {}, -1);
  while (result.status == SendStatus::queue_full) {
    SHOAL_TRYV(look_around(wait_step));
    if (stopping() || acknowledgements_.failed() > 0) {
      return success();
    }
    result = producer_->send(only_lane, record.line, topic_, key, to_bytes(record.json), {}, -1);
  }
  if (result.status == SendStatus::refused) {
    return error(ErrorCode::invalid_argument,
                 options_.file.string() + ":" + std::to_string(record.line) +
                     ": the record cannot be sent: " + std::string(result.reason));
  }
  if (result.status == SendStatus::fatal) {
    return producer_->fatal_error().value_or(error(ErrorCode::failed, std::string(result.reason)));
  }
  ++totals_.records;
  totals_.null_keys += record.key ? 0 : 1;
  totals_.bytes += record.json.size();
  return success();
}

// Waits until everything sent is acknowledged or has failed. The second stop signal gives that up.
Result<void> Feed::deliver() {
  while (unsettled() > 0 && stop_signals_taken_ < 2) {
    SHOAL_TRYV(look_around(wait_step));
  }
  if (unsettled() > 0) {
    return error(ErrorCode::failed, "stopped before " + with_thousands(unsettled()) + " of " +
                                        with_thousands(totals_.records) + " records were acknowledged by " +
                                        options_.bootstrap_servers);
  }
  return check_reports();
}

Result<void> Feed::check_reports() {
  if (acknowledgements_.failed() == 0) {
    return success();
  }
  return error(ErrorCode::failed,
               with_thousands(acknowledgements_.failed()) + " of " + with_thousands(totals_.records) +
                   " records were not delivered to topic \"" + options_.topic + "\" at " +
                   options_.bootstrap_servers + "; the first is " + options_.file.string() + ":" +
                   std::to_string(acknowledgements_.first_failed_line()) + ": " +
                   std::string(acknowledgements_.first_failure()));
}

// The one place that waits: for reports, a stop signal or the timeout.
Result<void> Feed::look_around(std::chrono::nanoseconds timeout) {
  pollfd readable[] = {{acknowledgements_.descriptor(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  const timespec wait{seconds.count(), (timeout - seconds).count()};
  ppoll(readable, std::size(readable), &wait, nullptr);
  acknowledgements_.settle();
  stop_signals_taken_ += signals_.take() ? 1 : 0;

  const auto now = Clock::now();
  const auto settled = acknowledgements_.acknowledged() + acknowledgements_.failed();
  if (settled != settled_ || settled == totals_.records) {
    settled_ = settled;
    settled_at_ = now;
  }
  show_progress(now);
  if (now - settled_at_ > options_.acknowledgement_timeout) {
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - settled_at_);
    return error(ErrorCode::unreachable,
                 options_.bootstrap_servers + " has acknowledged nothing for " +
                     std::to_string(waited.count()) + " s: " + with_thousands(unsettled()) + " of " +
                     with_thousands(totals_.records) + " records were not delivered. Is the broker running?");
  }
  return success();
}

void Feed::show_progress(Clock::time_point now) {
  if (options_.progress && progress_line_.due(now)) {
    progress_line_.show(progress_text(now), now);
  }
}

std::string Feed::progress_text(Clock::time_point now) const {
  FeedProgress progress{.topic = options_.topic,
                        .records = totals_.records,
                        .elapsed_seconds = std::chrono::duration<double>(now - started_at_).count(),
                        .records_max = options_.limit,
                        .file_fraction = rows_.file_fraction(),
                        .trouble = {}};
  constexpr auto unusual = 2s;
  if (const auto waited = now - settled_at_; waited > unusual) {
    progress.trouble = "no acknowledgement from " + options_.bootstrap_servers + " for " +
                       std::to_string(std::chrono::duration_cast<std::chrono::seconds>(waited).count()) +
                       " s";
  }
  return feed_progress_text(progress);
}

}  // namespace

Result<FeedTotals> feed_csv(const FeedOptions& options) {
  SHOAL_TRYV(check_options(options));
  StopSignals signals;
  SHOAL_TRY(rows, CsvRows::open(options.file, options.key_column));
  config::Kafka kafka;
  kafka.bootstrap_servers = options.bootstrap_servers;
  kafka.client = options.client;
  SHOAL_TRYV(check_feed_topic(kafka, options.topic, options.connect_timeout));
  Feed feed{options, signals, *rows};
  return feed.run(kafka);
}

}  // namespace shoal::kafka
