#pragma once
// librdkafka's mock cluster (one broker, loopback, an ephemeral port) as this process: for demos and protocol
// tests. It keeps about 5 MiB a partition and then drops the oldest records silently; it has no admin API and
// no real transactions. Guarantees and speed are proved on a real broker.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace shoal::kafka {

// What `shoal dev kafka --help` says below its options.
inline constexpr const char* mock_cluster_notice =
    "A mock of Kafka in one process, for demos and protocol tests: it keeps about 5 MiB a partition and then "
    "drops "
    "the oldest records silently, and everything is gone when it stops.";

struct MockClusterOptions {
  std::vector<std::pair<std::string, int>> topics;  // name, partition count
  std::filesystem::path bootstrap_file;             // empty: none. Holds HOST:PORT while the cluster runs
};

// [main] Blocks until SIGINT or SIGTERM. Prints `bootstrap servers: HOST:PORT` on stdout once clients may
// connect, and errors on stderr. The bootstrap file appears complete (a rename) and goes when the cluster
// stops. Returns the exit code: 0, 1 when it could not start, 2 when a topic is named wrongly. Requires:
// SIGINT and SIGTERM are not waited for by another thread.
int run_mock_cluster(const MockClusterOptions& options);

}  // namespace shoal::kafka
