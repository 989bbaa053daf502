// raw_latency BOOTSTRAP TOPIC PARTITIONS WARM_MS MEASURED_MS: the floor of kafka_latency_us. One thread takes
// what paced_producer sends from now on and looks at the time it was sent. Prints "ready" when it reads, then
// the 99th percentile in microseconds, of what comes after the warming up.

#include <chrono>
#include <cstdio>
#include <string>

#include "kafka_client.hpp"
#include "latency.hpp"
#include "record_wait.hpp"

int main(int argument_count, char** arguments) {
  using Clock = std::chrono::steady_clock;
  if (argument_count != 6) {
    std::fprintf(stderr, "usage: raw_latency BOOTSTRAP TOPIC PARTITIONS WARM_MS MEASURED_MS\n");
    return 2;
  }
  const std::chrono::milliseconds warm(std::stoi(arguments[4]));
  const std::chrono::milliseconds measured(std::stoi(arguments[5]));
  constexpr std::chrono::seconds kPatience{30};
  shoal::bench::Consumer consumer(arguments[1], arguments[2], std::stoi(arguments[3]), RD_KAFKA_OFFSET_END);
  const shoal::bench::RecordWait wait(consumer.queue());
  static shoal::bench::Latencies latencies;
  std::puts("ready");
  std::fflush(stdout);
  auto begin = Clock::now() + kPatience;  // of the measured time
  bool came = false;
  while (Clock::now() < begin + measured) {
    const bool counts = Clock::now() >= begin;
    const std::size_t count = consumer.take([&](const rd_kafka_message_t& record) {
      const std::int64_t ns = shoal::bench::steady_ns() - shoal::bench::written_ns(record.payload);
      if (counts) latencies.add(ns);
    });
    if (count > 0 && !came) {
      came = true;
      begin = Clock::now() + warm;
    }
    if (count == 0) wait.sleep(100);
  }
  if (latencies.total() == 0) shoal::bench::fail("raw_latency: no record came");
  std::printf("%.1f\n", latencies.us(0.99));
  return 0;
}
