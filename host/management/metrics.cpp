#include "host/management/metrics.hpp"

#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/management/metrics_text.hpp"
#include "shoal/abi/module.h"

namespace shoal::management {
namespace {

constexpr MetricType counter = MetricType::counter;
constexpr MetricType gauge = MetricType::gauge;

// One metric of every item of a kind.
template <class Item>
struct Metric {
  const char* name;
  MetricType type;
  const char* help;
  MetricValue (*read)(const Item&);
};

template <class>
struct OwnerOf;
template <class Member, class Item>
struct OwnerOf<Member Item::*> {
  using type = Item;
};

template <auto Member>
MetricValue read(const typename OwnerOf<decltype(Member)>::type& item) {
  return item.*Member;
}

const Metric<Status> host_metrics[] = {
    {"shoal_ready", gauge, "Whether the host is ready: 1 or 0.", read<&Status::ready>},
};

const Metric<SourceStatus> source_metrics[] = {
    {"shoal_source_running", gauge, "Whether the source is being read: 1 or 0.",
     [](const SourceStatus& source) -> MetricValue { return source.state == "running"; }},
    {"shoal_source_records_total", counter, "Records taken.", read<&SourceStatus::in_total>},
    {"shoal_source_records_done_total", counter, "Records finished, not as dead letters.",
     read<&SourceStatus::done_total>},
    {"shoal_source_dead_letters_total", counter, "Records finished as dead letters.",
     read<&SourceStatus::dead_letters_total>},
    {"shoal_source_records_in_flight", gauge, "Records taken and not yet finished.",
     read<&SourceStatus::in_flight>},
    {"shoal_source_lost_offsets_total", counter,
     "Offsets skipped, since their records were gone before they were read.",
     read<&SourceStatus::lost_total>},
    {"shoal_source_lag_records", gauge,
     "Records that are not yet committable; absent until every partition's end is known.",
     read<&SourceStatus::lag>},
};

const Metric<PartitionStatus> partition_metrics[] = {
    {"shoal_source_partition_committed_offset", gauge, "Next offset in the group; absent before a commit.",
     read<&PartitionStatus::committed>},
    {"shoal_source_partition_position_offset", gauge, "Next offset to take.",
     read<&PartitionStatus::position>},
    {"shoal_source_partition_high_watermark_offset", gauge, "Offset one past the partition's last record.",
     read<&PartitionStatus::high_watermark>},
    {"shoal_source_partition_lag_records", gauge, "Records that are not yet committable.",
     read<&PartitionStatus::lag>},
};

const Metric<SinkStatus> sink_metrics[] = {
    {"shoal_sink_records_emitted_total", counter, "Records handed to the producer.",
     read<&SinkStatus::emitted_total>},
    {"shoal_sink_records_acknowledged_total", counter, "Records that Kafka has acknowledged.",
     read<&SinkStatus::acknowledged_total>},
    {"shoal_sink_records_failed_total", counter, "Records that Kafka did not take.",
     read<&SinkStatus::failed_total>},
    {"shoal_sink_records_in_flight", gauge, "Records emitted and neither acknowledged nor failed.",
     read<&SinkStatus::in_flight>},
    {"shoal_sink_in_flight_bytes", gauge, "Keys and values of those records.",
     read<&SinkStatus::in_flight_bytes>},
};

const Metric<TypeStatus> type_metrics[] = {
    {"shoal_type_entities", gauge, "Entities active in memory.", read<&TypeStatus::entities>},
    {"shoal_type_parked_entities", gauge, "Entities whose messages are refused after failures.",
     read<&TypeStatus::parked>},
    {"shoal_type_kept_bytes", gauge, "Records and messages that wait for their entity.",
     read<&TypeStatus::kept_bytes>},
    {"shoal_type_entities_shed_total", counter, "Entities that have left memory for want of it.",
     read<&TypeStatus::shed_total>},
    {"shoal_type_stop_timeouts_total", counter,
     "Entities that did not stop in time after their stop message.", read<&TypeStatus::stop_timeouts_total>},
    {"shoal_type_remembered_entities", gauge, "Entities that run again after a restart.",
     read<&TypeStatus::remembered>},
    {"shoal_type_remembered_entities_to_start", gauge, "Of these, those that are yet to be started.",
     read<&TypeStatus::remembered_to_start>},
    {"shoal_type_reminders", gauge, "Reminders that are yet to come.", read<&TypeStatus::reminders>},
    {"shoal_type_reminders_run_total", counter, "Turns of reminders that have ended well.",
     read<&TypeStatus::reminders_run_total>},
    {"shoal_type_shards", gauge, "Shards of the type.", read<&TypeStatus::shards>},
    {"shoal_type_generation", gauge, "Generation of the module that provides the type.",
     read<&TypeStatus::generation>},
};

const Metric<BlockingStatus> blocking_metrics[] = {
    {"shoal_blocking_threads", gauge, "Threads of a type whose turns may block.",
     read<&BlockingStatus::threads>},
    {"shoal_blocking_turns_running", gauge, "Threads inside of a turn.", read<&BlockingStatus::running>},
    {"shoal_blocking_turns_total", counter, "Turns that have ended on those threads.",
     read<&BlockingStatus::turns_total>},
    {"shoal_blocking_waiting", gauge, "Records and messages that wait for their turn.",
     read<&BlockingStatus::waiting>},
    {"shoal_blocking_waiting_bytes", gauge, "Memory of the records and messages that wait.",
     read<&BlockingStatus::waiting_bytes>},
    {"shoal_blocking_turn_seconds", gauge, "How long the longest turn takes that has not ended.",
     read<&BlockingStatus::turn_seconds>},
};

const Metric<LaneStatus> lane_metrics[] = {
    {"shoal_lane_records_total", counter, "Records whose turns have ended.",
     read<&LaneStatus::records_total>},
    {"shoal_lane_messages_total", counter, "Tells and asks whose turns have ended.",
     read<&LaneStatus::messages_total>},
    {"shoal_lane_message_dead_letters_total", counter, "Tells and asks that were refused or failed.",
     read<&LaneStatus::message_dead_letters_total>},
    {"shoal_lane_inbox_bytes", gauge, "Messages and replies that wait for the lane.",
     read<&LaneStatus::inbox_bytes>},
    {"shoal_lane_outbox_bytes", gauge, "Records that wait for room in the producer.",
     read<&LaneStatus::outbox_bytes>},
    {"shoal_lane_mail_bytes", gauge, "Messages and replies that have not left the lane, or are for itself.",
     read<&LaneStatus::mail_bytes>},
    {"shoal_lane_asks", gauge, "Asks that wait for their reply.", read<&LaneStatus::asks>},
    {"shoal_lane_timers", gauge, "Timers that wait for their time, those of asks among them.",
     read<&LaneStatus::timers>},
    {"shoal_lane_tells", gauge, "Tells between durable entities that nobody has acknowledged yet.",
     read<&LaneStatus::tells>},
    {"shoal_lane_tells_resent_total", counter, "Tells between durable entities that were sent again.",
     read<&LaneStatus::tells_resent_total>},
    {"shoal_lane_tells_repeated_total", counter,
     "Tells between durable entities that came again, or before their turn, and did not run.",
     read<&LaneStatus::tells_repeated_total>},
    {"shoal_lane_journal_bytes", gauge,
     "Bytes of the lane's log files, those that wait to be used again among them.",
     read<&LaneStatus::journal_bytes>},
    {"shoal_lane_journal_freed_bytes_total", counter, "Bytes of the lane's log that nobody needs any more.",
     read<&LaneStatus::journal_freed_bytes_total>},
    {"shoal_lane_turn_seconds", gauge, "How long the turn takes that has not ended; 0 for a short one.",
     read<&LaneStatus::turn_seconds>},
};

const Metric<ReasonCount> reason_metrics[] = {
    {"shoal_message_dead_letters_total", counter, "Tells, asks and replies that were dropped, by reason.",
     read<&ReasonCount::count>},
};

const Metric<ReasonCount> record_reason_metrics[] = {
    {"shoal_record_dead_letters_total", counter, "Records of sources that became dead letters, by reason.",
     read<&ReasonCount::count>},
};

const Metric<ReasonCount> member_metrics[] = {
    {"shoal_cluster_members", gauge, "Members of the cluster that this host knows, by status.",
     read<&ReasonCount::count>},
};

const Metric<ClusterStatus> cluster_metrics[] = {
    {"shoal_cluster_unreachable_members", gauge, "Members that do not answer.",
     [](const ClusterStatus& cluster) -> MetricValue { return unreachable_members(cluster.view); }},
    {"shoal_cluster_converged", gauge, "Whether all reachable members hold the same view: 1 or 0.",
     [](const ClusterStatus& cluster) -> MetricValue { return cluster.view.is_converged; }},
    {"shoal_cluster_connections", gauge, "Connections to other hosts, made by this one.",
     read<&ClusterStatus::connections>},
    {"shoal_cluster_connections_made_total", counter, "Connections made.",
     read<&ClusterStatus::connections_made>},
    {"shoal_cluster_connections_lost_total", counter, "Connections that ended by themselves.",
     read<&ClusterStatus::connections_lost>},
    {"shoal_cluster_connections_failed_total", counter, "Connections that could not be made.",
     read<&ClusterStatus::connections_failed>},
    {"shoal_cluster_strangers_refused_total", counter, "Connections refused: no hello, no key, no handshake.",
     read<&ClusterStatus::strangers_refused>},
};

const Metric<ChannelTraffic> channel_metrics[] = {
    {"shoal_cluster_messages_sent_total", counter, "Messages sent to other hosts, by channel.",
     read<&ChannelTraffic::messages_out>},
    {"shoal_cluster_messages_received_total", counter, "Messages of other hosts, by channel.",
     read<&ChannelTraffic::messages_in>},
    {"shoal_cluster_sent_bytes_total", counter, "Bytes of messages sent, by channel.",
     read<&ChannelTraffic::bytes_out>},
    {"shoal_cluster_received_bytes_total", counter, "Bytes of messages received, by channel.",
     read<&ChannelTraffic::bytes_in>},
};

const Metric<ReasonCount> drop_metrics[] = {
    {"shoal_cluster_messages_dropped_total", counter, "Messages between hosts that were dropped, by reason.",
     read<&ReasonCount::count>},
};

const Metric<MemoryStatus> memory_metrics[] = {
    {"shoal_memory_limit_bytes", gauge, "Memory that the host may use; 0 where nobody looks.",
     read<&MemoryStatus::limit_bytes>},
    {"shoal_memory_used_bytes", gauge, "Resident memory less what ended entities left for new ones.",
     read<&MemoryStatus::used_bytes>},
    {"shoal_memory_shedding", gauge, "Whether entities leave memory for want of it: 1 or 0.",
     read<&MemoryStatus::is_shedding>},
};

const Metric<StateStoreStatus> state_store_metrics[] = {
    {"shoal_state_store_entities", gauge, "States in the state store, about.",
     read<&StateStoreStatus::entities>},
    {"shoal_state_store_disk_bytes", gauge, "Files of the state store.", read<&StateStoreStatus::disk_bytes>},
    {"shoal_state_store_backlog_bytes", gauge, "States that wait to be written to the state store.",
     read<&StateStoreStatus::backlog_bytes>},
    {"shoal_state_store_rebuilds_total", counter,
     "Shards made again from their logs, since the state store was not believed.",
     read<&StateStoreStatus::rebuilds_total>},
};

// The names are those of Prometheus' own client libraries.
const Metric<ProcessStatus> process_metrics[] = {
    {"process_cpu_seconds_total", counter, "Processor time in user and system mode.",
     read<&ProcessStatus::cpu_seconds_total>},
    {"process_resident_memory_bytes", gauge, "Resident memory.", read<&ProcessStatus::resident_memory_bytes>},
    {"process_virtual_memory_bytes", gauge, "Virtual memory.", read<&ProcessStatus::virtual_memory_bytes>},
    {"process_start_time_seconds", gauge, "When the process started, since the Unix epoch.",
     read<&ProcessStatus::start_time_seconds>},
    {"process_open_fds", gauge, "Open file descriptors.", read<&ProcessStatus::open_fds>},
    {"process_max_fds", gauge, "File descriptors the process may open.", read<&ProcessStatus::max_fds>},
    {"process_threads", gauge, "Threads.", read<&ProcessStatus::threads>},
};

template <class Item>
using Labelled = std::vector<std::pair<MetricLabels, const Item*>>;

template <class Item, class LabelsOf>
Labelled<Item> labelled(const std::vector<Item>& items, LabelsOf labels_of) {
  Labelled<Item> all;
  for (const Item& item : items) all.emplace_back(labels_of(item), &item);
  return all;
}

Labelled<PartitionStatus> labelled_partitions(const std::vector<SourceStatus>& sources) {
  Labelled<PartitionStatus> all;
  for (const SourceStatus& source : sources) {
    for (const PartitionStatus& partition : source.partitions) {
      all.emplace_back(MetricLabels{{"source", source.name},
                                    {"topic", partition.topic},
                                    {"partition", std::to_string(partition.partition)}},
                       &partition);
    }
  }
  return all;
}

Labelled<BlockingStatus> labelled_blocking(const std::vector<TypeStatus>& types) {
  Labelled<BlockingStatus> all;
  for (const TypeStatus& type : types) {
    if (type.blocking) all.emplace_back(MetricLabels{{"type", type.name}}, &*type.blocking);
  }
  return all;
}

template <class Item>
void add(MetricsText& text, std::span<const Metric<Item>> metrics, const Labelled<Item>& items) {
  for (const Metric<Item>& metric : metrics) {
    text.family(metric.name, metric.type, metric.help);
    for (const auto& [labels, item] : items) text.sample(labels, metric.read(*item));
  }
}

void add_build_info(MetricsText& text, const Status& status) {
  text.family("shoal_build_info", gauge, "Always 1; the labels say which build this is.");
  text.sample({{"version", status.version}, {"abi", std::to_string(SHOAL_ABI & ~SHOAL_ABI_DRAFT_BIT)}}, 1);
}

void add_latency(MetricsText& text, const LatencyStatus& latency) {
  text.family("shoal_record_latency_seconds", MetricType::histogram,
              "From taking a record's batch to the end of its turns.");
  std::vector<MetricBucket> buckets;
  for (const LatencyBucket& bucket : latency.buckets) {
    buckets.push_back({bucket.bound_seconds, bucket.count});
  }
  text.histogram({}, buckets, latency.count, latency.sum_seconds);
}

std::vector<ReasonCount> counts_of(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<ReasonCount> all;
  for (const auto& [name, count] : counts) all.push_back({name, count});
  return all;
}

// Without samples where the host runs alone.
void add_cluster(MetricsText& text, const std::optional<ClusterStatus>& cluster) {
  const auto members = cluster ? counts_of(members_by_status(cluster->view)) : std::vector<ReasonCount>{};
  const auto drops = cluster ? counts_of(cluster->dropped) : std::vector<ReasonCount>{};
  const auto channels = cluster ? cluster->channels : std::vector<ChannelTraffic>{};
  Labelled<ClusterStatus> whole;
  if (cluster) whole.emplace_back(MetricLabels{}, &*cluster);
  add<ReasonCount>(text, member_metrics, labelled(members, [](const ReasonCount& one) {
                     return MetricLabels{{"status", one.reason}};
                   }));
  add<ClusterStatus>(text, cluster_metrics, whole);
  add<ChannelTraffic>(text, channel_metrics, labelled(channels, [](const ChannelTraffic& one) {
                        return MetricLabels{{"channel", one.channel}};
                      }));
  add<ReasonCount>(text, drop_metrics, labelled(drops, [](const ReasonCount& one) {
                     return MetricLabels{{"reason", one.reason}};
                   }));
}

}  // namespace

std::string metrics_page(const Status& status) {
  MetricsText text;
  add_build_info(text, status);
  add<Status>(text, host_metrics, {{{}, &status}});
  add<SourceStatus>(text, source_metrics, labelled(status.sources, [](const SourceStatus& source) {
                      return MetricLabels{{"source", source.name}, {"type", source.type}};
                    }));
  add<PartitionStatus>(text, partition_metrics, labelled_partitions(status.sources));
  add_latency(text, status.record_latency);
  add<SinkStatus>(text, sink_metrics, labelled(status.sinks, [](const SinkStatus& sink) {
                    return MetricLabels{{"sink", sink.name}, {"topic", sink.topic}};
                  }));
  add<TypeStatus>(text, type_metrics, labelled(status.types, [](const TypeStatus& type) {
                    return MetricLabels{{"type", type.name}};
                  }));
  add<BlockingStatus>(text, blocking_metrics, labelled_blocking(status.types));
  add<LaneStatus>(text, lane_metrics, labelled(status.lanes, [](const LaneStatus& lane) {
                    return MetricLabels{{"lane", std::to_string(lane.lane)}};
                  }));
  const auto by_reason = [](const ReasonCount& one) { return MetricLabels{{"reason", one.reason}}; };
  add<ReasonCount>(text, reason_metrics, labelled(status.message_dead_letters, by_reason));
  add<ReasonCount>(text, record_reason_metrics, labelled(status.record_dead_letters, by_reason));
  add_cluster(text, status.cluster);
  add<MemoryStatus>(text, memory_metrics, {{{}, &status.memory}});
  const StateStoreStatus store = status.state_store.value_or(StateStoreStatus{});
  add<StateStoreStatus>(text, state_store_metrics, {{{}, &store}});
  add<ProcessStatus>(text, process_metrics, {{{}, &status.process}});
  return text.text();
}

}  // namespace shoal::management
