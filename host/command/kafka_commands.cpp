#include <cstdio>
#include <iostream>

#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/kafka/feed_csv.hpp"
#include "host/kafka/mock_cluster.hpp"

namespace shoal::command {

int perform(const DevKafka& request, const Process&) {
  kafka::MockClusterOptions options;
  options.topics = request.topics;
  options.bootstrap_file = request.bootstrap_file;
  return kafka::run_mock_cluster(options);
}

int perform(const FeedCsv& request, const Process&) {
  kafka::FeedOptions options;
  options.file = request.file;
  options.topic = request.topic;
  options.key_column = request.key_column;
  options.bootstrap_servers = request.bootstrap_servers;
  options.rate_per_second = request.rate_per_second;
  options.limit = request.limit;
  options.client = request.client;
  const auto fed = kafka::feed_csv(options);
  if (!fed) return fail(fed.error());
  const kafka::FeedTotals& totals = fed.value();
  const double per_second = totals.seconds > 0 ? static_cast<double>(totals.records) / totals.seconds : 0;
  std::printf("%s%llu records to %s in %.1f s (%.0f/s, %.1f MB, %llu with a null key)\n",
              totals.stopped ? "stopped after " : "", static_cast<unsigned long long>(totals.records),
              request.topic.c_str(), totals.seconds, per_second, static_cast<double>(totals.bytes) / 1e6,
              static_cast<unsigned long long>(totals.null_keys));
  return exit_ok;
}

}  // namespace shoal::command
