#pragma once
// A Kafka cluster for tests: librdkafka's mock cluster in this process, or a broker named from outside.

#include <cstdint>
#include <memory>
#include <string>

#include "host/config/config.hpp"

namespace shoal::kafka {

class TestCluster {
 public:
  // One mock broker on a free loopback port.
  TestCluster();
  // The broker at SHOAL_TEST_BOOTSTRAP where that is set, else the mock.
  static std::unique_ptr<TestCluster> from_environment();
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  bool is_mock() const;

  // Settings that suit the cluster: the mock answers an empty fetch only after its whole wait.
  config::Kafka config() const;

  // A new topic of this name; a real broker gets a name that is unlikely to be taken. Gives the name.
  std::string make_topic(const std::string& name, std::uint32_t partition_count);

  // Mock only. A broker that is down refuses and closes connections.
  void set_down();
  void set_up();
  // Mock only. The next `count` requests of the kind are answered with the error code.
  void fail_requests(std::int16_t api_key, int error_code, int count);

 private:
  struct State;
  explicit TestCluster(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Kafka's numbers of the requests that tests let fail.
inline constexpr std::int16_t api_produce = 0;
inline constexpr std::int16_t api_offset_commit = 8;

}  // namespace shoal::kafka
