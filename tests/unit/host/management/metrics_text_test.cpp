// Goal: whatever is written can be read by a scraper and means the same. Method: text by text, and back
// through a strict parser.
#include "host/management/metrics_text.hpp"

#include <gtest/gtest.h>

#include "metrics_parser.hpp"

namespace shoal::management {
namespace {

TEST(MetricsText, WritesFamiliesAndSamples) {
  MetricsText text;
  text.family("a_total", MetricType::counter, "Counts a.");
  text.sample({{"x", "1"}, {"y", "two"}}, std::uint64_t{18'446'744'073'709'551'615U});
  text.sample({}, -3);
  text.family("b", MetricType::gauge, "Measures b.");
  text.sample({}, 0.25);
  EXPECT_EQ(text.text(),
            "# HELP a_total Counts a.\n# TYPE a_total counter\n"
            "a_total{x=\"1\",y=\"two\"} 18446744073709551615\na_total -3\n"
            "# HELP b Measures b.\n# TYPE b gauge\nb 0.25\n");
}

TEST(MetricsText, AnUnknownNumberHasNoSampleAndAFamilyWithoutOneNoTrace) {
  MetricsText text;
  text.family("a", MetricType::gauge, "A.");
  text.sample({}, std::optional<std::int64_t>());
  text.family("b", MetricType::gauge, "B.");
  text.sample({}, std::optional<std::int64_t>(7));
  EXPECT_EQ(text.text(), "# HELP b B.\n# TYPE b gauge\nb 7\n");
}

TEST(MetricsText, EscapesValuesAndHelp) {
  const std::string hostile = "a \"quote\" \\ back\\nslash\nline } , = \t\x01 \xc3\xa9";
  MetricsText text;
  text.family("a", MetricType::gauge, hostile);
  text.sample({{"x", hostile}, {"y", ""}}, 1);
  EXPECT_NE(text.text().find(R"(x="a \"quote\" \\ back\\nslash\nline )"), std::string::npos);
  const auto families = MetricsParser::parse(text.text());
  EXPECT_EQ(families.at("a").help, hostile);
  EXPECT_EQ(families.at("a").samples.at(0).labels.at("x"), hostile);
  EXPECT_EQ(families.at("a").samples.at(0).labels.at("y"), "");
}

TEST(MetricsText, WhatIsNoUtf8IsReplaced) {
  MetricsText text;
  text.family("a", MetricType::gauge, "A.");
  text.sample({{"x", "\xff-\xc3"}}, 1);
  EXPECT_EQ(MetricsParser::parse(text.text()).at("a").samples.at(0).labels.at("x"),
            "\xef\xbf\xbd-\xef\xbf\xbd");
}

TEST(MetricsText, NumbersThatAreNone) {
  MetricsText text;
  text.family("a", MetricType::gauge, "A.");
  text.sample({{"x", "nan"}}, std::numeric_limits<double>::quiet_NaN());
  text.sample({{"x", "up"}}, std::numeric_limits<double>::infinity());
  text.sample({{"x", "down"}}, -std::numeric_limits<double>::infinity());
  text.sample({{"x", "small"}}, 1e-300);
  const auto samples = MetricsParser::parse(text.text()).at("a").samples;
  EXPECT_TRUE(std::isnan(samples.at(0).value));
  EXPECT_EQ(samples.at(1).value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(samples.at(2).value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(samples.at(3).value, 1e-300);
}

TEST(MetricsText, HistogramsHaveBucketsSumAndCount) {
  MetricsText text;
  text.family("a_seconds", MetricType::histogram, "A.");
  text.histogram({{"x", "1"}}, {{1e-06, 2}, {0.5, 5}}, 7, 12.5);
  EXPECT_EQ(text.text(),
            "# HELP a_seconds A.\n# TYPE a_seconds histogram\n"
            "a_seconds_bucket{x=\"1\",le=\"1e-06\"} 2\na_seconds_bucket{x=\"1\",le=\"0.5\"} 5\n"
            "a_seconds_bucket{x=\"1\",le=\"+Inf\"} 7\n"
            "a_seconds_sum{x=\"1\"} 12.5\na_seconds_count{x=\"1\"} 7\n");
}

TEST(MetricsParser, RefusesWhatAScraperWould) {
  const std::string head = "# HELP a A.\n# TYPE a gauge\n";
  EXPECT_NO_THROW(MetricsParser::parse(head + "a 1\n"));
  const std::string histogram = "# HELP a A.\n# TYPE a histogram\n";
  for (const std::string& wrong :
       {head + "a 1", head, std::string("a 1\n"), head + "b 1\n", head + "a one\n", head + "a 1\na 2\n",
        head + "a{x=\"1\"\n", head + "a{x=\"\\q\"} 1\n", head + "a{x=\"1\",x=\"2\"} 1\n",
        head + "a{1=\"1\"} 1\n", head + "a 1\n" + head + "a 1\n", histogram + "a 1\n",
        histogram + "a_bucket{le=\"1\"} 1\na_count 1\n",
        histogram + "a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n",
        histogram + "a_bucket{le=\"+Inf\"} 2\na_count 3\n"}) {
    EXPECT_THROW(MetricsParser::parse(wrong), std::runtime_error) << wrong;
  }
}

}  // namespace
}  // namespace shoal::management
