#include "tests/kafka-mock/host/kafka/test_cluster.hpp"

#include <librdkafka/rdkafka.h>
//
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "host/kafka/topics.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::kafka {

struct TestCluster::State {
  rd_kafka_t* client = nullptr;
  rd_kafka_mock_cluster_t* mock = nullptr;
  std::string bootstrap_servers;

  ~State() {
    if (mock != nullptr) rd_kafka_mock_cluster_destroy(mock);
    if (client != nullptr) rd_kafka_destroy(client);
  }
};

TestCluster::TestCluster(std::unique_ptr<State> state) : state_(std::move(state)) {}
TestCluster::~TestCluster() = default;

TestCluster::TestCluster() : state_(std::make_unique<State>()) {
  char text[512] = "";
  state_->client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
  SHOAL_ASSERT(state_->client != nullptr);
  state_->mock = rd_kafka_mock_cluster_new(state_->client, 1);
  SHOAL_ASSERT(state_->mock != nullptr);
  state_->bootstrap_servers = rd_kafka_mock_cluster_bootstraps(state_->mock);
}

std::unique_ptr<TestCluster> TestCluster::from_environment() {
  const char* bootstrap_servers = std::getenv("SHOAL_TEST_BOOTSTRAP");
  if (bootstrap_servers == nullptr || *bootstrap_servers == '\0') return std::make_unique<TestCluster>();
  auto state = std::make_unique<State>();
  state->bootstrap_servers = bootstrap_servers;
  return std::unique_ptr<TestCluster>(new TestCluster(std::move(state)));
}

bool TestCluster::is_mock() const { return state_->mock != nullptr; }

config::Kafka TestCluster::config() const {
  config::Kafka kafka;
  kafka.bootstrap_servers = state_->bootstrap_servers;
  if (is_mock()) kafka.client["fetch.wait.max.ms"] = "10";
  return kafka;
}

std::string TestCluster::make_topic(const std::string& name, std::uint32_t partition_count) {
  if (is_mock()) {
    const auto code =
        rd_kafka_mock_topic_create(state_->mock, name.c_str(), static_cast<int>(partition_count), 1);
    SHOAL_ASSERT(code == RD_KAFKA_RESP_ERR_NO_ERROR);
    return name;
  }
  const std::string unique = name + "-" + std::to_string(::getpid()) + "-" +
                             std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  auto client = TopicClient::create(config(), "shoal-test");
  SHOAL_ASSERT(client && client.value()->create_topic(unique, partition_count, std::chrono::seconds(20)));
  return unique;
}

void TestCluster::set_down() { SHOAL_ASSERT(rd_kafka_mock_broker_set_down(state_->mock, 1) == 0); }
void TestCluster::set_up() { SHOAL_ASSERT(rd_kafka_mock_broker_set_up(state_->mock, 1) == 0); }

void TestCluster::fail_requests(std::int16_t api_key, int error_code, int count) {
  const std::vector<rd_kafka_resp_err_t> errors(static_cast<std::size_t>(count),
                                                static_cast<rd_kafka_resp_err_t>(error_code));
  rd_kafka_mock_push_request_errors_array(state_->mock, api_key, errors.size(), errors.data());
}

}  // namespace shoal::kafka
