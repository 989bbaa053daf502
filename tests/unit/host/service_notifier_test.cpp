// Goal: the service manager hears what sd_notify's protocol asks for, at the right time, once. Method: a real
// socket of this process, and the time as an argument.
#include "host/service_notifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <vector>

#include "host/config/config.hpp"

namespace shoal::host {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// What a service manager has: a socket that datagrams come to.
class Manager {
 public:
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    is_bound_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0;
  }
  ~Manager() { ::close(socket_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  bool is_bound() const { return is_bound_; }

  // All that has come.
  std::vector<std::string> heard() const {
    std::vector<std::string> all;
    char text[256];
    for (ssize_t size = 0; (size = ::recv(socket_, text, sizeof(text), MSG_DONTWAIT)) >= 0;) {
      all.emplace_back(text, static_cast<std::size_t>(size));
    }
    return all;
  }

 private:
  int socket_;
  bool is_bound_ = false;
};

class ServiceNotifierTest : public testing::Test {
 protected:
  ~ServiceNotifierTest() override { std::filesystem::remove(path_); }

  const std::string path_ = testing::TempDir() + "notify_" + std::to_string(::getpid());
  const ServiceNotifier::Clock::time_point start_ = ServiceNotifier::Clock::now();
};

TEST_F(ServiceNotifierTest, SaysReadyOnceAndWhenItIs) {
  const Manager manager(path_);
  ASSERT_TRUE(manager.is_bound());
  ServiceNotifier notifier({path_, "", ""});
  notifier.look(start_, [] { return false; });
  EXPECT_THAT(manager.heard(), IsEmpty());
  notifier.look(start_, [] { return true; });
  EXPECT_THAT(manager.heard(), ElementsAre("READY=1"));
  notifier.look(start_ + 1h, [] { return false; });
  notifier.look(start_ + 2h, [] { return true; });
  EXPECT_THAT(manager.heard(), IsEmpty());
}

TEST_F(ServiceNotifierTest, TakesAbstractNames) {
  const std::string name = "@shoal-test-" + std::to_string(::getpid());
  const Manager manager(name);
  ASSERT_TRUE(manager.is_bound());
  ServiceNotifier notifier({name, "", ""});
  notifier.look(start_, [] { return true; });
  notifier.stopping();
  EXPECT_THAT(manager.heard(), ElementsAre("READY=1", "STOPPING=1"));
}

TEST_F(ServiceNotifierTest, SaysThatItIsAliveAtHalfTheTime) {
  const Manager manager(path_);
  ServiceNotifier notifier({path_, "10000000", std::to_string(::getpid())});
  const auto never = [] { return false; };
  notifier.look(start_, never);
  EXPECT_THAT(manager.heard(), ElementsAre("WATCHDOG=1"));
  notifier.look(start_ + 4'999ms, never);
  EXPECT_THAT(manager.heard(), IsEmpty());
  notifier.look(start_ + 5s, never);
  EXPECT_THAT(manager.heard(), ElementsAre("WATCHDOG=1"));
  notifier.stopping();
  notifier.look(start_ + 10s, [] { return true; });
  EXPECT_THAT(manager.heard(), ElementsAre("STOPPING=1", "WATCHDOG=1"));
}

TEST_F(ServiceNotifierTest, TheWatchdogOfAnotherProcessOrNoneIsLeftAlone) {
  const Manager manager(path_);
  for (const auto& [time, process] : std::vector<std::pair<std::string, std::string>>{
           {"10000000", "1"}, {"", ""}, {"0", ""}, {"-5", ""}, {"10s", ""}, {"99999999999999999999", ""}}) {
    ServiceNotifier notifier({path_, time, process});
    notifier.look(start_, [] { return false; });
    EXPECT_THAT(manager.heard(), IsEmpty()) << time;
  }
}

TEST_F(ServiceNotifierTest, WithoutASocketNothingIsAsked) {
  const std::string long_name(200, 'x');
  for (const std::string& name : {std::string(), std::string("relative"), std::string("vsock:2:1"),
                                  "/no/such/" + path_, "/" + long_name, "@" + long_name}) {
    ServiceNotifier notifier({name, "10", ""});
    notifier.look(start_, [&name] {
      ADD_FAILURE() << name;
      return true;
    });
    notifier.stopping();
  }
}

TEST_F(ServiceNotifierTest, WhatIsNotTakenIsSaidAgain) {
  const Manager manager(path_);
  ServiceNotifier notifier({path_, "1", ""});
  const auto never = [] { return false; };
  // The kernel keeps a few datagrams that nobody reads; then it takes no more.
  for (int i = 0; i < 10'000; ++i) notifier.look(start_ + std::chrono::seconds(i), never);
  notifier.look(start_, [] { return true; });
  const auto before = manager.heard();
  EXPECT_LT(before.size(), 10'000U);
  EXPECT_THAT(before, testing::Each("WATCHDOG=1"));
  notifier.look(start_, [] { return true; });
  EXPECT_THAT(manager.heard(), testing::Contains("READY=1"));
}

std::string unit_value(const std::string& key) {
  std::ifstream file(SHOAL_SERVICE_UNIT);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + "=")) return line.substr(key.size() + 1);
  }
  return "";
}

TEST(ServiceUnit, FitsTheHost) {
  EXPECT_EQ(unit_value("Type"), "notify");
  EXPECT_EQ(unit_value("TimeoutStartSec"), "infinity");
  EXPECT_EQ(unit_value("RestartPreventExitStatus"), "2 78");
  const std::string stop = unit_value("TimeoutStopSec");
  ASSERT_TRUE(std::regex_match(stop, std::regex("[0-9]+s"))) << stop;
  EXPECT_GT(std::stoul(stop) * 1'000, config::Node{}.shutdown_grace_ms);
}

}  // namespace
}  // namespace shoal::host
