#include "host/management/status_json.hpp"

#include <optional>

#include "host/management/json.hpp"
#include "host/management/percent.hpp"

namespace shoal::management {
namespace {

Json or_null(std::optional<std::int64_t> number) { return number ? Json(*number) : Json(nullptr); }

Json limit_or_null(std::uint64_t limit) { return limit == 0 ? Json(nullptr) : Json(limit); }

// Names come from configuration and modules: what is not UTF-8 is shown as U+FFFD rather than refused.
std::string text_of(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const PartitionStatus& partition) {
  return {{"topic", partition.topic},
          {"partition", partition.partition},
          {"committed", or_null(partition.committed)},
          {"position", or_null(partition.position)},
          {"high_watermark", or_null(partition.high_watermark)},
          {"lag", or_null(partition.lag)}};
}

Json json_of(const SourceStatus& source) {
  return {{"name", source.name},
          {"type", source.type},
          {"topics", source.topics},
          {"state", source.state},
          {"reason", text_or_null(source.reason)},
          {"lag", or_null(source.lag)},
          {"in_total", source.in_total},
          {"done_total", source.done_total},
          {"dead_letters_total", source.dead_letters_total},
          {"in_flight", source.in_flight},
          {"lost_total", source.lost_total},
          {"partitions", array_of(source.partitions, json_of)}};
}

Json json_of(const SinkStatus& sink) {
  return {{"name", sink.name},
          {"topic", sink.topic},
          {"emitted_total", sink.emitted_total},
          {"acknowledged_total", sink.acknowledged_total},
          {"failed_total", sink.failed_total},
          {"in_flight", sink.in_flight},
          {"in_flight_bytes", sink.in_flight_bytes}};
}

Json json_of(const StuckTurn& turn) {
  return {{"type", turn.type},      {"id", percent_encode(turn.id)}, {"id_bytes", turn.id_bytes},
          {"module", turn.module},  {"version", turn.version},       {"since_ms", turn.since_ms},
          {"on_stop", turn.is_last}};
}

Json or_null(const std::optional<StuckTurn>& turn) { return turn ? json_of(*turn) : Json(nullptr); }

Json or_null(const std::optional<BlockingStatus>& blocking) {
  if (!blocking) return nullptr;
  return {{"threads", blocking->threads},
          {"running", blocking->running},
          {"turns_total", blocking->turns_total},
          {"waiting", blocking->waiting},
          {"waiting_bytes", blocking->waiting_bytes},
          {"turn_seconds", blocking->turn_seconds},
          {"stuck", array_of(blocking->stuck, json_of)}};
}

Json json_of(const TypeStatus& type) {
  return {{"name", type.name},
          {"module", type.module},
          {"generation", type.generation},
          {"shards", type.shards},
          {"entities", type.entities},
          {"parked", type.parked},
          {"kept_bytes", type.kept_bytes},
          {"shed_total", type.shed_total},
          {"stop_timeouts_total", type.stop_timeouts_total},
          {"remembered", type.remembered},
          {"remembered_to_start", type.remembered_to_start},
          {"reminders", type.reminders},
          {"reminders_run_total", type.reminders_run_total},
          {"active_entities_max", limit_or_null(type.active_entities_max)},
          {"blocking", or_null(type.blocking)}};
}

Json json_of(const LaneStatus& lane) {
  return {{"lane", lane.lane},
          {"records_total", lane.records_total},
          {"messages_total", lane.messages_total},
          {"message_dead_letters_total", lane.message_dead_letters_total},
          {"inbox_bytes", lane.inbox_bytes},
          {"outbox_bytes", lane.outbox_bytes},
          {"mail_bytes", lane.mail_bytes},
          {"asks", lane.asks},
          {"timers", lane.timers},
          {"tells", lane.tells},
          {"tells_resent_total", lane.tells_resent_total},
          {"tells_repeated_total", lane.tells_repeated_total},
          {"journal_bytes", lane.journal_bytes},
          {"journal_freed_bytes_total", lane.journal_freed_bytes_total},
          {"turn_seconds", lane.turn_seconds},
          {"stuck", or_null(lane.stuck)}};
}

Json json_of(const std::vector<ReasonCount>& counts) {
  Json document = Json::object();
  for (const ReasonCount& one : counts) document[one.reason] = one.count;
  return document;
}

Json json_of(const ProcessStatus& process) {
  return {{"cpu_seconds_total", process.cpu_seconds_total},
          {"resident_memory_bytes", process.resident_memory_bytes},
          {"virtual_memory_bytes", process.virtual_memory_bytes},
          {"start_time_seconds", process.start_time_seconds},
          {"open_fds", process.open_fds},
          {"max_fds", process.max_fds},
          {"threads", process.threads}};
}

Json json_of(const MemoryStatus& memory) {
  return {{"limit_bytes", limit_or_null(memory.limit_bytes)},
          {"used_bytes", memory.used_bytes},
          {"reusable_bytes", memory.reusable_bytes},
          {"shedding", memory.is_shedding},
          {"shed_total", memory.shed_total}};
}

Json json_of(const ModuleInfo& module) {
  return {{"id", module.id},         {"version", module.version}, {"built_with", module.built_with},
          {"sha256", module.sha256}, {"path", module.path},       {"generation", module.generation},
          {"types", module.types}};
}

Json json_of(const std::optional<StateStoreStatus>& store) {
  if (!store) return nullptr;
  return {{"entities", store->entities},
          {"disk_bytes", store->disk_bytes},
          {"backlog_bytes", store->backlog_bytes},
          {"rebuilds_total", store->rebuilds_total}};
}

Json json_of(const std::optional<ReloadStatus>& reload) {
  if (!reload) return nullptr;
  return {{"time_ms", reload->time_ms},
          {"result", reload->applied ? "applied" : "refused"},
          {"reason", text_or_null(reload->reason)},
          {"changed", reload->changed},
          {"needs_restart", reload->needs_restart}};
}

Json json_of(const ChannelTraffic& channel) {
  return {{"channel", channel.channel},
          {"messages_out", channel.messages_out},
          {"messages_in", channel.messages_in},
          {"bytes_out", channel.bytes_out},
          {"bytes_in", channel.bytes_in}};
}

Json json_of(const std::optional<ClusterStatus>& cluster) {
  if (!cluster) return nullptr;
  const ClusterView& view = cluster->view;
  return {{"name", view.cluster},
          {"address", view.self.address},
          {"status", view.self.status},
          {"converged", view.is_converged},
          {"leader", text_or_null(view.leader)},
          {"members", members_by_status(view)},
          {"unreachable", unreachable_members(view)},
          {"connections", cluster->connections},
          {"connections_made_total", cluster->connections_made},
          {"connections_lost_total", cluster->connections_lost},
          {"connections_failed_total", cluster->connections_failed},
          {"strangers_refused_total", cluster->strangers_refused},
          {"channels", array_of(cluster->channels, json_of)},
          {"dropped", cluster->dropped}};
}

}  // namespace

std::string status_json(const Status& status) {
  const Json document = {
      {"ready", status.ready},
      {"reasons", status.reasons},
      {"node", status.node},
      {"version", status.version},
      {"entities", status.entities},
      {"record_latency",
       {{"p50_us", status.record_latency.p50_us}, {"p99_us", status.record_latency.p99_us}}},
      {"sources", array_of(status.sources, json_of)},
      {"sinks", array_of(status.sinks, json_of)},
      {"types", array_of(status.types, json_of)},
      {"lanes", array_of(status.lanes, json_of)},
      {"message_dead_letters", json_of(status.message_dead_letters)},
      {"record_dead_letters", json_of(status.record_dead_letters)},
      {"process", json_of(status.process)},
      {"memory", json_of(status.memory)},
      {"state_store", json_of(status.state_store)},
      {"cluster", json_of(status.cluster)},
      {"config", {{"last_reload", json_of(status.last_reload)}}}};
  return text_of(document);
}

std::string type_json(const std::string& type, const TypeChange& change) {
  return text_of({{"type", type}, {"active_entities_max", limit_or_null(change.active_entities_max)}});
}

std::string module_json(const ModuleInfo& module) { return text_of(json_of(module)); }

std::string modules_json(const std::vector<ModuleInfo>& modules) {
  Json document = Json::object();
  document["modules"] = array_of(modules, json_of);
  return text_of(document);
}

}  // namespace shoal::management
