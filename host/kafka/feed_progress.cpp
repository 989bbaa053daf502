#include "host/kafka/feed_progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace shoal::kafka {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds pipe_interval{5};

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  if (whole < 120) {
    return std::to_string(whole) + " s";
  }
  const auto minutes = (whole + 59) / 60;
  if (minutes < 120) {
    return std::to_string(minutes) + " min";
  }
  return std::to_string((minutes + 59) / 60) + " h";
}

// 0 while nothing is known.
double done_part(const FeedProgress& progress) {
  double part = progress.file_fraction.value_or(0);
  if (progress.records_max && *progress.records_max > 0) {
    part = std::max(part, static_cast<double>(progress.records) / static_cast<double>(*progress.records_max));
  }
  return std::min(part, 1.0);
}

}  // namespace

std::string with_thousands(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto position = text.size(); position > 3;) {
    position -= 3;
    text.insert(position, 1, ',');
  }
  return text;
}

std::string feed_progress_text(const FeedProgress& progress) {
  auto text = progress.topic + ": " + with_thousands(progress.records) + " records";
  if (progress.elapsed_seconds > 0) {
    const auto rate = static_cast<double>(progress.records) / progress.elapsed_seconds;
    text += ", " + with_thousands(static_cast<std::uint64_t>(std::llround(rate))) + "/s";
  }
  if (const auto part = done_part(progress); part > 0) {
    text += ", " + std::to_string(static_cast<int>(part * 100)) + " %";
    text += ", " + duration_text(progress.elapsed_seconds * (1 - part) / part) + " left";
  }
  if (!progress.trouble.empty()) {
    text += " (" + progress.trouble + ")";
  }
  return text;
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {
  interval_ = terminal_ ? std::chrono::steady_clock::duration{terminal_interval} : pipe_interval;
  next_ = std::chrono::steady_clock::now() + interval_;
}

void ProgressLine::show(const std::string& text, std::chrono::steady_clock::time_point now) {
  // "\r" back to the line's begin, "ESC [ K" clears what a longer text left.
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text.c_str());
  std::fflush(stderr);
  next_ = now + interval_;
}

void ProgressLine::finish(const std::string& text) const {
  std::fprintf(stderr, terminal_ ? "\r%s\033[K\n" : "%s\n", text.c_str());
  std::fflush(stderr);
}

}  // namespace shoal::kafka
