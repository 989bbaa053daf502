#pragma once
// A strict reader of Prometheus' text format, version 0.0.4, for tests: what a scraper may choke on is an
// error here. Written from the format's page, not from the writer.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::management {

struct ParsedSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct ParsedFamily {
  std::string help;
  std::string type;
  std::vector<ParsedSample> samples;
};

class MetricsParser {
 public:
  // By name. Throws std::runtime_error with the line that is wrong.
  static std::map<std::string, ParsedFamily> parse(std::string_view text) {
    MetricsParser parser;
    if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line has no end");
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      parser.read_line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    parser.close_family();
    return std::move(parser.families_);
  }

 private:
  void read_line(std::string_view line) {
    line_ = rest_ = line;
    if (take("# HELP ")) {
      close_family();
      name_ = metric_name();
      expect(" ");
      if (families_.contains(name_)) fail("a family comes twice");
      families_[name_].help = unescape(rest_, "\\n");
    } else if (take("# TYPE ")) {
      if (metric_name() != name_) fail("TYPE without its HELP before it");
      expect(" ");
      ParsedFamily& family = families_[name_];
      if (!family.type.empty() || !family.samples.empty()) fail("TYPE does not come once and first");
      family.type = rest_;
      if (family.type != "counter" && family.type != "gauge" && family.type != "histogram") fail("no type");
    } else {
      read_sample();
    }
  }

  void read_sample() {
    ParsedSample sample;
    sample.name = metric_name();
    if (take("{")) {
      do {
        const std::string label = word(":");
        expect("=\"");
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
        if (end >= rest_.size()) fail("a label's value has no end");
        if (!sample.labels.emplace(label, unescape(rest_.substr(0, end), "\\n\"")).second)
          fail("a label twice");
        rest_.remove_prefix(end + 1);
      } while (take(","));
      expect("}");
    }
    expect(" ");
    sample.value = number(rest_);
    if (name_.empty() || families_[name_].type.empty()) fail("a sample without HELP and TYPE");
    ParsedFamily& family = families_[name_];
    const std::string suffix = sample.name.starts_with(name_) ? sample.name.substr(name_.size()) : "?";
    const bool is_part = suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
    if (family.type == "histogram" ? !is_part : !suffix.empty()) fail("a sample of another family");
    const bool is_double =
        std::any_of(family.samples.begin(), family.samples.end(), [&](const ParsedSample& other) {
          return other.name == sample.name && other.labels == sample.labels;
        });
    if (is_double) fail("a sample twice");
    family.samples.push_back(std::move(sample));
  }

  // Of a histogram without labels of its own: buckets ascend, end with +Inf, and agree with the count.
  void close_family() {
    if (name_.empty()) return;
    const ParsedFamily& family = families_[name_];
    if (family.samples.empty()) fail("a family without a sample");
    if (family.type != "histogram") return;
    double bound = -std::numeric_limits<double>::infinity();
    double count = 0;
    for (const ParsedSample& sample : family.samples) {
      if (sample.name == name_ + "_count" && sample.value != count) fail("count is not the last bucket's");
      if (sample.name != name_ + "_bucket") continue;
      const double next = number(sample.labels.at("le"));
      if (!(next > bound) || sample.value < count) fail("a bucket that does not ascend");
      bound = next;
      count = sample.value;
    }
    if (!std::isinf(bound)) fail("no bucket +Inf");
  }

  std::string metric_name() { return word(":_"); }

  // [a-zA-Z_:][a-zA-Z0-9_:]*; a label's name has no colon.
  std::string word(std::string_view colon) {
    std::size_t size = 0;
    const auto fits = [&](char symbol) {
      const bool is_letter = (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z');
      const bool is_digit = symbol >= '0' && symbol <= '9' && size > 0;
      return is_letter || is_digit || symbol == '_' || (symbol == ':' && colon.size() > 1);
    };
    while (size < rest_.size() && fits(rest_[size])) ++size;
    if (size == 0) fail("no name");
    std::string found(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return found;
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void expect(std::string_view text) {
    if (!take(text)) fail("expected " + std::string(text));
  }

  // Requires: `known` begins with a backslash and names what may stand behind one.
  std::string unescape(std::string_view text, std::string_view known) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        plain += text[i];
        continue;
      }
      if (++i == text.size() || known.find(text[i]) == std::string_view::npos) fail("a wrong escape");
      plain += text[i] == 'n' ? '\n' : text[i];
    }
    return plain;
  }

  double number(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) fail("no number");
    return value;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + ": " + std::string(line_));
  }

  std::map<std::string, ParsedFamily> families_;
  std::string name_;
  std::string_view line_;
  std::string_view rest_;
};

}  // namespace shoal::management
