// Goal: every number of the status is served under the name, type and labels that METRICS.md promises, and
// nothing else. Method: a full status through the page and back through a strict parser.
#include "host/management/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "metrics_parser.hpp"
#include "shoal/abi/module.h"

namespace shoal::management {
namespace {

using Labels = std::map<std::string, std::string>;

Status full_status() {
  Status status;
  status.ready = true;
  status.version = "0.1.0";
  SourceStatus source;
  source.name = "flights";
  source.type = "aircraft";
  source.state = "running";
  source.lag = 7;
  source.in_total = 10;
  source.done_total = 6;
  source.dead_letters_total = 1;
  source.in_flight = 3;
  source.lost_total = 2;
  source.partitions.push_back({"flights", 0, 8, 10, 17, 7});
  source.partitions.push_back({"flights", 1, 4, 5, 6, 2});
  status.sources.push_back(source);
  status.sinks.push_back({"alerts", "out", 5, 3, 1, 1, 90});
  status.types.push_back({"aircraft", "flying", 2, 8, 12, 3, 70, 6, 4, 11, 5, 17, 19, 900});
  status.types.push_back({"invoice", "invoices", 3, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          BlockingStatus{16, 2, 700, 9, 4'096, 61.5, {}}});
  status.record_latency.buckets = {{1e-06, 4}, {10, 9}};
  status.record_latency.count = 11;
  status.record_latency.sum_seconds = 30.5;
  status.lanes.push_back({0, 30, 20, 4, 512, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}});
  const StuckTurn stuck{"aircraft", "N1", 2, "flying", "1.0", 0};
  status.lanes.push_back({1, 31, 21, 5, 513, 60, 61, 62, 63, 64, 65, 66, 67, 68, 7.5, stuck});
  status.message_dead_letters = {{"deadline", 3}, {"no_shard", 0}};
  status.record_dead_letters = {{"undecodable", 2}};
  ClusterStatus cluster;
  cluster.view.is_converged = true;
  cluster.view.members = {{"a:1", "a", 1, "Up", {}, true, {}}, {"b:1", "b", 2, "Up", {}, false, {"a:1"}}};
  cluster.channels = {{"membership", 10, 20, 100, 200}};
  cluster.dropped = {{"stranger", 3}};
  cluster.connections_lost = 4;
  status.cluster = cluster;
  status.memory = {1'000, 820, 30, true, 6};
  status.state_store = StateStoreStatus{7, 8, 9, 10};
  status.process = {1.5, 4'096, 8'192, 1'384'000'000.25, 7, 1'024, 3};
  return status;
}

// The value of the one sample with this name and these labels.
double value_of(const std::string& page, const std::string& family, const std::string& name,
                const Labels& labels) {
  const auto families = MetricsParser::parse(page);
  for (const ParsedSample& sample : families.at(family).samples) {
    if (sample.name == name && sample.labels == labels) return sample.value;
  }
  ADD_FAILURE() << "no sample " << name << " " << testing::PrintToString(labels) << " in\n" << page;
  return 0;
}

double value_of(const std::string& page, const std::string& name, const Labels& labels = {}) {
  return value_of(page, name, name, labels);
}

TEST(Metrics, HostAndProcess) {
  const std::string page = metrics_page(full_status());
  EXPECT_EQ(value_of(page, "shoal_build_info",
                     {{"version", "0.1.0"}, {"abi", std::to_string(SHOAL_ABI & ~SHOAL_ABI_DRAFT_BIT)}}),
            1);
  EXPECT_EQ(value_of(page, "shoal_ready"), 1);
  EXPECT_EQ(value_of(metrics_page({}), "shoal_ready"), 0);
  EXPECT_EQ(value_of(page, "process_cpu_seconds_total"), 1.5);
  EXPECT_EQ(value_of(page, "process_resident_memory_bytes"), 4'096);
  EXPECT_EQ(value_of(page, "process_virtual_memory_bytes"), 8'192);
  EXPECT_EQ(value_of(page, "process_start_time_seconds"), 1'384'000'000.25);
  EXPECT_EQ(value_of(page, "process_open_fds"), 7);
  EXPECT_EQ(value_of(page, "process_max_fds"), 1'024);
  EXPECT_EQ(value_of(page, "process_threads"), 3);
}

TEST(Metrics, Sources) {
  const std::string page = metrics_page(full_status());
  const Labels source = {{"source", "flights"}, {"type", "aircraft"}};
  EXPECT_EQ(value_of(page, "shoal_source_running", source), 1);
  EXPECT_EQ(value_of(page, "shoal_source_records_total", source), 10);
  EXPECT_EQ(value_of(page, "shoal_source_records_done_total", source), 6);
  EXPECT_EQ(value_of(page, "shoal_source_dead_letters_total", source), 1);
  EXPECT_EQ(value_of(page, "shoal_source_records_in_flight", source), 3);
  EXPECT_EQ(value_of(page, "shoal_source_lost_offsets_total", source), 2);
  EXPECT_EQ(value_of(page, "shoal_source_lag_records", source), 7);
  const Labels partition = {{"source", "flights"}, {"topic", "flights"}, {"partition", "1"}};
  EXPECT_EQ(value_of(page, "shoal_source_partition_committed_offset", partition), 4);
  EXPECT_EQ(value_of(page, "shoal_source_partition_position_offset", partition), 5);
  EXPECT_EQ(value_of(page, "shoal_source_partition_high_watermark_offset", partition), 6);
  EXPECT_EQ(value_of(page, "shoal_source_partition_lag_records", partition), 2);
}

TEST(Metrics, WhatIsNotKnownIsAbsent) {
  Status status = full_status();
  status.sources[0].lag.reset();
  status.sources[0].state = "held";
  status.sources[0].partitions[0] = {"flights", 0, {}, {}, {}, {}};
  const std::string page = metrics_page(status);
  const auto families = MetricsParser::parse(page);
  EXPECT_FALSE(families.contains("shoal_source_lag_records"));
  EXPECT_EQ(families.at("shoal_source_partition_committed_offset").samples.size(), 1U);
  EXPECT_EQ(value_of(page, "shoal_source_running", {{"source", "flights"}, {"type", "aircraft"}}), 0);
}

TEST(Metrics, SinksTypesAndLanes) {
  const std::string page = metrics_page(full_status());
  const Labels sink = {{"sink", "alerts"}, {"topic", "out"}};
  EXPECT_EQ(value_of(page, "shoal_sink_records_emitted_total", sink), 5);
  EXPECT_EQ(value_of(page, "shoal_sink_records_acknowledged_total", sink), 3);
  EXPECT_EQ(value_of(page, "shoal_sink_records_failed_total", sink), 1);
  EXPECT_EQ(value_of(page, "shoal_sink_records_in_flight", sink), 1);
  EXPECT_EQ(value_of(page, "shoal_sink_in_flight_bytes", sink), 90);
  const Labels type = {{"type", "aircraft"}};
  EXPECT_EQ(value_of(page, "shoal_type_entities", type), 12);
  EXPECT_EQ(value_of(page, "shoal_type_parked_entities", type), 3);
  EXPECT_EQ(value_of(page, "shoal_type_kept_bytes", type), 70);
  EXPECT_EQ(value_of(page, "shoal_type_entities_shed_total", type), 6);
  EXPECT_EQ(value_of(page, "shoal_type_stop_timeouts_total", type), 4);
  EXPECT_EQ(value_of(page, "shoal_type_remembered_entities", type), 11);
  EXPECT_EQ(value_of(page, "shoal_type_remembered_entities_to_start", type), 5);
  EXPECT_EQ(value_of(page, "shoal_type_reminders", type), 17);
  EXPECT_EQ(value_of(page, "shoal_type_reminders_run_total", type), 19);
  const Labels blocking = {{"type", "invoice"}};
  EXPECT_EQ(value_of(page, "shoal_blocking_threads", blocking), 16);
  EXPECT_EQ(value_of(page, "shoal_blocking_turns_running", blocking), 2);
  EXPECT_EQ(value_of(page, "shoal_blocking_turns_total", blocking), 700);
  EXPECT_EQ(value_of(page, "shoal_blocking_waiting", blocking), 9);
  EXPECT_EQ(value_of(page, "shoal_blocking_waiting_bytes", blocking), 4'096);
  EXPECT_EQ(value_of(page, "shoal_blocking_turn_seconds", blocking), 61.5);
  EXPECT_EQ(value_of(page, "shoal_type_shards", type), 8);
  EXPECT_EQ(value_of(page, "shoal_type_generation", type), 2);
  EXPECT_EQ(value_of(page, "shoal_lane_records_total", {{"lane", "1"}}), 31);
  EXPECT_EQ(value_of(page, "shoal_lane_messages_total", {{"lane", "1"}}), 21);
  EXPECT_EQ(value_of(page, "shoal_lane_message_dead_letters_total", {{"lane", "1"}}), 5);
  EXPECT_EQ(value_of(page, "shoal_lane_inbox_bytes", {{"lane", "1"}}), 513);
  EXPECT_EQ(value_of(page, "shoal_lane_outbox_bytes", {{"lane", "1"}}), 60);
  EXPECT_EQ(value_of(page, "shoal_lane_mail_bytes", {{"lane", "1"}}), 61);
  EXPECT_EQ(value_of(page, "shoal_lane_asks", {{"lane", "1"}}), 62);
  EXPECT_EQ(value_of(page, "shoal_lane_tells", {{"lane", "1"}}), 64);
  EXPECT_EQ(value_of(page, "shoal_lane_tells_resent_total", {{"lane", "1"}}), 65);
  EXPECT_EQ(value_of(page, "shoal_lane_tells_repeated_total", {{"lane", "1"}}), 66);
  EXPECT_EQ(value_of(page, "shoal_lane_journal_bytes", {{"lane", "1"}}), 67);
  EXPECT_EQ(value_of(page, "shoal_lane_journal_freed_bytes_total", {{"lane", "1"}}), 68);
  EXPECT_EQ(value_of(page, "shoal_lane_timers", {{"lane", "1"}}), 63);
  EXPECT_EQ(value_of(page, "shoal_lane_turn_seconds", {{"lane", "0"}}), 0);
  EXPECT_EQ(value_of(page, "shoal_lane_turn_seconds", {{"lane", "1"}}), 7.5);
}

TEST(Metrics, MessageDeadLettersHaveTheirReasonAlsoWhereThereWereNone) {
  const std::string page = metrics_page(full_status());
  EXPECT_EQ(value_of(page, "shoal_message_dead_letters_total", {{"reason", "deadline"}}), 3);
  EXPECT_EQ(value_of(page, "shoal_message_dead_letters_total", {{"reason", "no_shard"}}), 0);
  EXPECT_EQ(value_of(page, "shoal_record_dead_letters_total", {{"reason", "undecodable"}}), 2);
}

TEST(Metrics, TheMemoryThatDecidesOnEntities) {
  const std::string page = metrics_page(full_status());
  EXPECT_EQ(value_of(page, "shoal_state_store_entities", {}), 7);
  EXPECT_EQ(value_of(page, "shoal_state_store_disk_bytes", {}), 8);
  EXPECT_EQ(value_of(page, "shoal_state_store_backlog_bytes", {}), 9);
  EXPECT_EQ(value_of(page, "shoal_state_store_rebuilds_total", {}), 10);
  EXPECT_EQ(value_of(page, "shoal_memory_limit_bytes", {}), 1'000);
  EXPECT_EQ(value_of(page, "shoal_memory_used_bytes", {}), 820);
  EXPECT_EQ(value_of(page, "shoal_memory_shedding", {}), 1);
}

TEST(Metrics, RecordLatencyIsAHistogramInSeconds) {
  const std::string page = metrics_page(full_status());
  const std::string name = "shoal_record_latency_seconds";
  EXPECT_EQ(value_of(page, name, name + "_bucket", {{"le", "1e-06"}}), 4);
  EXPECT_EQ(value_of(page, name, name + "_bucket", {{"le", "10"}}), 9);
  EXPECT_EQ(value_of(page, name, name + "_bucket", {{"le", "+Inf"}}), 11);
  EXPECT_EQ(value_of(page, name, name + "_count", {}), 11);
  EXPECT_EQ(value_of(page, name, name + "_sum", {}), 30.5);
}

TEST(Metrics, Cluster) {
  const std::string page = metrics_page(full_status());
  EXPECT_EQ(value_of(page, "shoal_cluster_members", {{"status", "Up"}}), 2);
  EXPECT_EQ(value_of(page, "shoal_cluster_members", {{"status", "Exiting"}}), 0);
  EXPECT_EQ(value_of(page, "shoal_cluster_unreachable_members"), 1);
  EXPECT_EQ(value_of(page, "shoal_cluster_converged"), 1);
  EXPECT_EQ(value_of(page, "shoal_cluster_connections_lost_total"), 4);
  const Labels channel = {{"channel", "membership"}};
  EXPECT_EQ(value_of(page, "shoal_cluster_messages_sent_total", channel), 10);
  EXPECT_EQ(value_of(page, "shoal_cluster_messages_received_total", channel), 20);
  EXPECT_EQ(value_of(page, "shoal_cluster_sent_bytes_total", channel), 100);
  EXPECT_EQ(value_of(page, "shoal_cluster_received_bytes_total", channel), 200);
  EXPECT_EQ(value_of(page, "shoal_cluster_messages_dropped_total", {{"reason", "stranger"}}), 3);
  EXPECT_FALSE(MetricsParser::parse(metrics_page({})).contains("shoal_cluster_converged"));
}

TEST(Metrics, AHostWithNothingServesAPage) {
  const auto families = MetricsParser::parse(metrics_page({}));
  EXPECT_TRUE(families.contains("process_open_fds"));
  EXPECT_FALSE(families.contains("shoal_source_records_total"));
}

TEST(Metrics, NamesKeepPrometheusRules) {
  for (const auto& [name, family] : MetricsParser::parse(metrics_page(full_status()))) {
    EXPECT_EQ(family.type == "counter", name.ends_with("_total")) << name;
    for (const char* unit : {"_us", "_ms", "_ns", "_milliseconds", "_kilobytes"}) {
      EXPECT_EQ((name + "_").find(std::string(unit) + "_"), std::string::npos) << name;
    }
    for (const ParsedSample& sample : family.samples) {
      for (const auto& [label, value] : sample.labels) {
        EXPECT_THAT(label, testing::AnyOf("source", "type", "topic", "partition", "sink", "lane", "reason",
                                          "le", "version", "abi", "status", "channel"))
            << name;
      }
    }
  }
}

struct Described {
  std::string type;
  std::set<std::string> labels;
  std::string meaning;

  bool operator==(const Described&) const = default;
};

void PrintTo(const Described& described, std::ostream* out) {
  *out << described.type << " " << testing::PrintToString(described.labels) << " " << described.meaning;
}

// The rows of METRICS.md: | `name` | type | unit | labels | meaning |.
std::map<std::string, Described> described_metrics() {
  std::ifstream file(SHOAL_METRICS_PAGE);
  std::map<std::string, Described> all;
  const std::regex row(R"(\| `(\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|)");
  const std::regex label("`(\\w+)`");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, row)) continue;
    Described described{found[2], {}, found[5]};
    const std::string labels = found[4];
    for (std::sregex_iterator match(labels.begin(), labels.end(), label), end; match != end; ++match) {
      described.labels.insert((*match)[1]);
    }
    EXPECT_FALSE(found[3].str().empty()) << "no unit: " << line;
    EXPECT_TRUE(all.emplace(found[1], described).second) << "twice: " << line;
  }
  return all;
}

TEST(Metrics, ThePageDescribesWhatIsServed) {
  std::map<std::string, Described> served;
  for (const auto& [name, family] : MetricsParser::parse(metrics_page(full_status()))) {
    Described described{family.type, {}, family.help};
    for (const auto& [label, value] : family.samples.at(0).labels) described.labels.insert(label);
    served.emplace(name, described);
  }
  EXPECT_EQ(described_metrics(), served);
}

}  // namespace
}  // namespace shoal::management
