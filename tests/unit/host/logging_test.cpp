// Goal: with log.format "json" every line on stderr is a JSON object, whoever writes it and from wherever.
// Method: captures stderr of this process.
#include "host/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

namespace shoal::host {
namespace {

std::vector<nlohmann::json> captured_lines() {
  std::istringstream text(testing::internal::GetCapturedStderr());
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(nlohmann::json::parse(line, nullptr, false));
    EXPECT_TRUE(lines.back().is_object()) << line;
  }
  return lines;
}

TEST(JsonLog, EveryLineIsAnObjectAlsoFromManyThreads) {
  start_logging({"info", "json"});
  testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) spdlog::warn("a \"quoted\" line {}\nand {}", i, "a broken \xff one");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = captured_lines();
  ASSERT_EQ(lines.size(), 400U);
  for (const auto& line : lines) {
    EXPECT_EQ(line.at("level"), "warning");
    EXPECT_THAT(line.at("message").get<std::string>(), testing::StartsWith("a \"quoted\" line "));
  }
}

TEST(JsonLog, TheLevelHolds) {
  start_logging({"error", "json"});
  testing::internal::CaptureStderr();
  spdlog::warn("not shown");
  spdlog::error("shown");
  const auto lines = captured_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("message"), "shown");
}

TEST(JsonLog, ALineThatCannotBeMadeIsSaidInTheSameFormat) {
  start_logging({"info", "json"});
  testing::internal::CaptureStderr();
  spdlog::default_logger()->log(spdlog::level::err, fmt::runtime("{} and {}"), "one only");
  const auto lines = captured_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("level"), "error");
  EXPECT_THAT(lines[0].at("message").get<std::string>(), testing::StartsWith("a log line is lost: "));
}

}  // namespace
}  // namespace shoal::host
