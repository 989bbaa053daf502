// raw_consumer BOOTSTRAP TOPIC PARTITIONS RECORDS FIRST: the floor of the counting rows. One thread takes the
// records of a topic from librdkafka in batches and touches key and payload, with the host's allocator and
// fetch settings; no entity, no commit. Prints records a second from record number FIRST to the last.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "kafka_client.hpp"
#include "record_wait.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

// One read a cache line, so that what was fetched is really there.
std::uint64_t touch(const void* data, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < size; at += 64) sum += static_cast<const unsigned char*>(data)[at];
  return sum;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 6) {
    std::fprintf(stderr, "usage: raw_consumer BOOTSTRAP TOPIC PARTITIONS RECORDS FIRST\n");
    return 2;
  }
  const std::size_t wanted = std::stoull(arguments[4]);
  const std::size_t first = std::stoull(arguments[5]);
  shoal::bench::Consumer consumer(arguments[1], arguments[2], std::stoi(arguments[3]), 0);
  const shoal::bench::RecordWait wait(consumer.queue());
  std::uint64_t sum = 0;
  std::size_t taken = 0;
  std::size_t taken_before = 0;  // the measured time
  Clock::time_point begin;
  auto last = Clock::now();
  while (taken < wanted) {
    const std::size_t count = consumer.take([&](const rd_kafka_message_t& message) {
      sum += touch(message.key, message.key_len) + touch(message.payload, message.len);
    });
    if (count == 0) {
      if (Clock::now() - last > kPatience) shoal::bench::fail("raw_consumer: no record comes");
      wait.sleep(100);
      continue;
    }
    taken += count;
    last = Clock::now();
    if (taken_before == 0 && taken >= first) {
      taken_before = taken;
      begin = last;
    }
  }
  const double seconds = std::chrono::duration<double>(last - begin).count();
  std::printf("%.0f\n", static_cast<double>(taken - taken_before) / seconds);
  // The sum is used, so that no read is left out.
  return sum == 1 ? 3 : 0;
}
