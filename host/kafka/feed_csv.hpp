#pragma once
// Replays a CSV file (plain or gzip) into a Kafka topic: one JSON object a row, keyed by one column. The
// rules of the rows are csv_json.hpp's, those of the file csv_reader.hpp's. Memory is bounded by one row, the
// read buffers and librdkafka's producer queue; a full queue holds the reading.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

struct FeedOptions {
  std::filesystem::path file;
  std::string topic;
  std::string key_column;
  std::string bootstrap_servers;
  std::optional<double> rate_per_second;      // above 0; none: as fast as the broker takes them
  std::optional<std::uint64_t> limit;         // rows; 0 checks file, broker and topic and sends nothing
  bool progress = true;                       // a progress line on stderr
  std::map<std::string, std::string> client;  // librdkafka's own keys, by the rules of client_config.hpp
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds acknowledgement_timeout{120'000};  // nothing acknowledged for so long: give up
};

struct FeedTotals {
  std::uint64_t records = 0;    // acknowledged by the broker, which is all that were sent
  std::uint64_t null_keys = 0;  // of these: with a null Kafka key
  std::uint64_t bytes = 0;      // of these: JSON bytes
  double seconds = 0;
  bool stopped = false;  // SIGINT or SIGTERM came before the end of the file; what was sent is delivered
};

// [main] Blocks. SIGINT and SIGTERM are taken over while it runs: the first stops the reading and delivers
// what was sent, the second gives that up. Errors: the file's by file:line, an unknown key column with the
// columns there are, a missing topic before anything is sent, an unreachable broker, records that were not
// delivered.
Result<FeedTotals> feed_csv(const FeedOptions& options);

}  // namespace shoal::kafka
