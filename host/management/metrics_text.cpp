#include "host/management/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

namespace shoal::management {
namespace {

std::string_view word_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

// The text as UTF-8: what is none becomes U+FFFD.
std::string utf8_of(const std::string& text) {
  const std::string json =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return nlohmann::json::parse(json).get<std::string>();
}

std::string escaped_value(const std::string& text) {
  std::string escaped;
  for (const char symbol : utf8_of(text)) {
    if (symbol == '\n') {
      escaped += "\\n";
      continue;
    }
    if (symbol == '\\' || symbol == '"') escaped += '\\';
    escaped += symbol;
  }
  return escaped;
}

// In a HELP line quotes stand for themselves.
std::string escaped_help(std::string_view text) {
  std::string escaped;
  for (const char symbol : text) {
    if (symbol == '\n') {
      escaped += "\\n";
      continue;
    }
    if (symbol == '\\') escaped += '\\';
    escaped += symbol;
  }
  return escaped;
}

}  // namespace

MetricValue::MetricValue(double number) : text_(number_text(number)) {}

void MetricsText::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  head_ = "# HELP " + name_ + " " + escaped_help(help) + "\n# TYPE " + name_ + " ";
  head_.append(word_of(type)).append("\n");
}

void MetricsText::sample(const MetricLabels& labels, const MetricValue& value) {
  if (value.is_known()) line("", labels, value);
}

void MetricsText::histogram(const MetricLabels& labels, const std::vector<MetricBucket>& buckets,
                            std::uint64_t count, double sum) {
  MetricLabels bucket_labels = labels;
  bucket_labels.emplace_back("le", "");
  for (const MetricBucket& bucket : buckets) {
    bucket_labels.back().second = number_text(bucket.bound);
    line("_bucket", bucket_labels, bucket.count);
  }
  bucket_labels.back().second = "+Inf";
  line("_bucket", bucket_labels, count);
  line("_sum", labels, sum);
  line("_count", labels, count);
}

void MetricsText::line(std::string_view suffix, const MetricLabels& labels, const MetricValue& value) {
  text_.append(std::exchange(head_, {})).append(name_).append(suffix);
  if (!labels.empty()) {
    text_ += '{';
    for (const auto& [label, label_value] : labels) {
      if (text_.back() != '{') text_ += ',';
      text_.append(label).append("=\"").append(escaped_value(label_value)).append("\"");
    }
    text_ += '}';
  }
  text_.append(" ").append(value.text()).append("\n");
}

}  // namespace shoal::management
