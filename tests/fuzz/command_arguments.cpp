// Arguments of the command line that have a form of their own. The first byte says which.
#include <string>

#include "host/command/arguments.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  using namespace std::chrono_literals;
  switch (take_byte(input) % 6) {
    case 0: {
      command::Client client;
      if (command::read_management(input, client)) require(!client.host.empty(), "a host has a name");
      return;
    }
    case 1: {
      const auto timeout = command::read_timeout(input);
      if (timeout) require(timeout.value() >= 1ms && timeout.value() <= 24h, "a timeout has its range");
      return;
    }
    case 2:
      require(!command::read_format(input) || input == "text" || input == "json", "a format is one of two");
      return;
    case 3: {
      const auto topic = command::read_topic(input);
      if (topic)
        require(topic.value().second >= 1 && topic.value().second <= 1'000, "partitions are bounded");
      return;
    }
    case 4: {
      const auto pair = command::read_assignment(input);
      if (pair) require(pair.value().first + "=" + pair.value().second == input, "nothing gets lost");
      return;
    }
    default:
      if (command::check_json(input)) require(!input.empty(), "nothing is no JSON");
  }
}

}  // namespace shoal::fuzz
