#pragma once
// The progress of a feed as one line of text, and the line on stderr.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace shoal::kafka {

struct FeedProgress {
  std::string topic;
  std::uint64_t records = 0;  // sent so far
  double elapsed_seconds = 0;
  std::optional<std::uint64_t> records_max;  // the limit
  std::optional<double> file_fraction;       // 0..1: how much of the file has been read
  std::string trouble;                       // what the broker's connection says; empty: nothing
};

// "flights: 12,000 records, 4,000/s, 44 %, 4 s left". Pure. The done part is the greater of the limit's and
// the file's, and the time left is elapsed * (1 - part) / part.
std::string feed_progress_text(const FeedProgress& progress);

// "12,345,678"
std::string with_thousands(std::uint64_t number);

// One line on stderr. In a terminal it is written over itself, elsewhere it is a new line every few seconds;
// the first comes after as long. One thread.
class ProgressLine {
 public:
  ProgressLine();

  // Time to show again? The caller need not build a text for nothing.
  bool due(std::chrono::steady_clock::time_point now) const { return now >= next_; }
  void show(const std::string& text, std::chrono::steady_clock::time_point now);
  // The last text; ends the line.
  void finish(const std::string& text) const;

 private:
  bool terminal_;
  std::chrono::steady_clock::duration interval_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace shoal::kafka
