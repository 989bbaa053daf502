// Goal: the mock cluster as a process of its own, for the tests beside it. Arguments: a bootstrap file (may
// be empty), then NAME PARTITIONS for each topic.

#include <cstdlib>

#include "host/kafka/mock_cluster.hpp"

int main(int argc, char** argv) {
  shoal::kafka::MockClusterOptions options;
  options.bootstrap_file = argc > 1 ? argv[1] : "";
  for (int index = 2; index + 1 < argc; index += 2) {
    options.topics.emplace_back(argv[index], std::atoi(argv[index + 1]));
  }
  return shoal::kafka::run_mock_cluster(options);
}
