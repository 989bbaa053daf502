#pragma once
// OutputWatch: whether Kafka still acknowledges what is sent to a topic.
//
// librdkafka tries a record again until it is acknowledged or refused for good, and says nothing meanwhile:
// a topic without a leader or without enough replicas only shows as records that stay in flight. Pure.

#include <chrono>
#include <cstdint>
#include <optional>

namespace shoal::host {

class OutputWatch {
 public:
  using Clock = std::chrono::steady_clock;
  // Longer than a leader change or a broker's restart usually takes.
  static constexpr std::chrono::seconds quiet_max{10};

  // How many records were emitted and how many of them have ended (acknowledged or failed) so far.
  void look(std::uint64_t emitted, std::uint64_t ended, Clock::time_point now) {
    in_flight_ = emitted - ended;
    if (in_flight_ == 0 || ended != ended_ || !since_) since_ = now;
    ended_ = ended;
    quiet_ = std::chrono::duration_cast<std::chrono::seconds>(now - *since_);
  }

  // Records in flight, none of which has ended for at least `quiet_max`; 0 where all is well.
  std::uint64_t stuck() const { return quiet_ >= quiet_max ? in_flight_ : 0; }
  std::chrono::seconds quiet() const { return quiet_; }

 private:
  std::uint64_t in_flight_ = 0;
  std::uint64_t ended_ = 0;
  std::optional<Clock::time_point> since_;
  std::chrono::seconds quiet_{0};
};

}  // namespace shoal::host
