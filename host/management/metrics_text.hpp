#pragma once
// The text exposition format of Prometheus, version 0.0.4: families of samples to text. Pure.
//
// The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::management {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

enum class MetricType { counter, gauge, histogram };

// In the order they are written. Names are the caller's own words, values any text.
using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

// A sample's number: whole numbers keep every digit, an empty one has no sample.
class MetricValue {
 public:
  template <std::integral Whole>
  MetricValue(Whole whole) : text_(std::to_string(whole)) {}
  MetricValue(double number);
  template <class Number>
  MetricValue(const std::optional<Number>& number) : MetricValue(number ? MetricValue(*number) : none()) {}

  bool is_known() const { return !text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  MetricValue() = default;
  static MetricValue none() { return {}; }

  std::string text_;
};

// How many of all observations were at most `bound`; the bounds ascend.
struct MetricBucket {
  double bound = 0;
  std::uint64_t count = 0;
};

class MetricsText {
 public:
  // What follows belongs to this family. A family without a sample leaves no trace in the text.
  // Requires: no family of this name before.
  void family(std::string_view name, MetricType type, std::string_view help);

  // Requires: `family` was called, for no histogram.
  void sample(const MetricLabels& labels, const MetricValue& value);
  // Requires: `family` was called for a histogram.
  void histogram(const MetricLabels& labels, const std::vector<MetricBucket>& buckets, std::uint64_t count,
                 double sum);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, const MetricLabels& labels, const MetricValue& value);

  std::string text_;
  std::string head_;  // HELP and TYPE of the family, until its first sample
  std::string name_;
};

}  // namespace shoal::management
