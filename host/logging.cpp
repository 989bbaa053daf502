#include "host/logging.hpp"

#include <spdlog/details/os.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "host/log_line.hpp"

namespace shoal::host {
namespace {

// Of the process's one log, as spdlog's default logger is.
std::atomic<bool> writes_json{false};

std::string line_of_format(const LogEvent& event) {
  return writes_json ? json_log_line(event) : text_log_line(event);
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warning";
    default:
      return "error";
  }
}

class LineFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& destination) override {
    const std::string line =
        line_of_format({std::chrono::time_point_cast<std::chrono::system_clock::duration>(message.time),
                        level_name(message.level),
                        message.thread_id,
                        {message.payload.data(), message.payload.size()}});
    destination.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(); }
};

}  // namespace

void start_logging(const config::Log& log) {
  auto logger = std::make_shared<spdlog::logger>("shoal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>());
  // The library's own words about a line it could not write would not be of the format.
  logger->set_error_handler([](const std::string& what) {
    const std::string text = "a log line is lost: " + what;
    const std::string lost =
        line_of_format({std::chrono::system_clock::now(), "error", spdlog::details::os::thread_id(), text});
    std::fwrite(lost.data(), 1, lost.size(), stderr);
  });
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  change_logging(log);
}

void change_logging(const config::Log& log) {
  writes_json = log.format == "json";
  spdlog::default_logger_raw()->set_level(spdlog::level::from_str(log.level));
}

}  // namespace shoal::host
