#include "host/kafka/mock_cluster.hpp"

#include <librdkafka/rdkafka.h>
// It needs rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <system_error>

#include "host/kafka/handles.hpp"
#include "host/kafka/stop_signals.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {
namespace {

constexpr int broker_count = 1;
constexpr int replication_factor = 1;

using MockClusterHandle =
    std::unique_ptr<rd_kafka_mock_cluster_t, HandleDeleter<rd_kafka_mock_cluster_destroy>>;

struct MockCluster {
  ClientHandle client;  // the cluster hangs on it
  MockClusterHandle cluster;
};

Result<MockCluster> start_cluster() {
  char text[512] = "";
  MockCluster started;
  ConfHandle conf{rd_kafka_conf_new()};
  // The client itself connects to nothing, and would say so.
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  started.client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text, sizeof text));
  if (!started.client) {
    return error(ErrorCode::failed, std::string{"cannot start the mock cluster: "} + text);
  }
  static_cast<void>(conf.release());  // the client owns it now
  started.cluster.reset(rd_kafka_mock_cluster_new(started.client.get(), broker_count));
  if (!started.cluster) {
    return error(ErrorCode::failed, "cannot start the mock cluster: no loopback port could be opened");
  }
  return started;
}

Result<void> create_topics(rd_kafka_mock_cluster_t* cluster, const MockClusterOptions& options) {
  for (const auto& [name, partition_count] : options.topics) {
    if (partition_count < 1) {
      return error(ErrorCode::invalid_argument,
                   "topic " + name + " needs at least one partition: --topic " + name + ":8");
    }
    const auto status =
        rd_kafka_mock_topic_create(cluster, name.c_str(), partition_count, replication_factor);
    if (status != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return error(ErrorCode::invalid_argument,
                   "cannot create topic " + name + ": " + rd_kafka_err2str(status));
    }
  }
  return success();
}

// Readers see the whole file or none: it is written beside its place and renamed.
Result<void> write_bootstrap_file(const std::filesystem::path& file, const std::string& bootstrap_servers) {
  auto beside = file;
  beside += ".new";
  std::ofstream out{beside, std::ios::trunc};
  out << bootstrap_servers << '\n';
  out.close();
  std::error_code status;
  if (out) {
    std::filesystem::rename(beside, file, status);
  }
  if (!out || status) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    return error(ErrorCode::failed,
                 "cannot write the bootstrap file " + file.string() +
                     (status ? ": " + status.message() : ": is its directory there and writable?"));
  }
  return success();
}

Result<void> serve(const MockClusterOptions& options) {
  StopSignals signals;
  SHOAL_TRY(started, start_cluster());
  SHOAL_TRYV(create_topics(started.cluster.get(), options));
  const std::string bootstrap_servers = rd_kafka_mock_cluster_bootstraps(started.cluster.get());
  if (!options.bootstrap_file.empty()) {
    SHOAL_TRYV(write_bootstrap_file(options.bootstrap_file, bootstrap_servers));
  }
  std::printf("bootstrap servers: %s\n", bootstrap_servers.c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", mock_cluster_notice);
  signals.wait();
  if (!options.bootstrap_file.empty()) {
    std::error_code ignored;
    std::filesystem::remove(options.bootstrap_file, ignored);
  }
  return success();
}

}  // namespace

int run_mock_cluster(const MockClusterOptions& options) {
  const auto served = serve(options);
  if (served) {
    return 0;
  }
  std::fprintf(stderr, "shoal dev kafka: %s\n", served.error().message.c_str());
  return served.error().code == ErrorCode::invalid_argument ? 2 : 1;
}

}  // namespace shoal::kafka
