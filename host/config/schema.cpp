#include "host/config/schema.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>

#include "host/config/cluster_values.hpp"
#include "host/config/names.hpp"
#include "host/config/source_values.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::config {
namespace {

template <class T>
void put(T& slot, Parsed&& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const std::uint64_t number = std::get<std::uint64_t>(value);
    SHOAL_ASSERT(number <= std::numeric_limits<T>::max());
    slot = static_cast<T>(number);
  } else {
    slot = std::get<T>(std::move(value));
  }
}

template <class T>
void put(std::optional<T>& slot, Parsed&& value) {
  put(slot.emplace(), std::move(value));
}

void put(LostRecords& slot, Parsed&& value) {
  slot = std::get<std::string>(value) == "continue" ? LostRecords::go_on : LostRecords::hold;
}

// store_in<&Target::config, &Config::node, &Node::lanes> puts a value into target.config->node.lanes.
template <auto element, auto member>
void store_in(const Target& target, Parsed&& value) {
  put((target.*element)->*member, std::move(value));
}

template <auto element, auto section, auto member>
void store_in(const Target& target, Parsed&& value) {
  put(((target.*element)->*section).*member, std::move(value));
}

void store_start(const Target& target, Parsed&& value) {
  const StartValue start = *read_start(std::get<std::string>(std::move(value)));
  target.source->start = start.start;
  target.source->start_time_ms = start.time_ms;
}

void store_offsets(const Target& target, Parsed&& value) {
  OffsetsValue offsets = *read_offsets(std::get<std::string>(std::move(value)));
  target.source->offsets = offsets.keeper;
  target.source->offsets_module = std::move(offsets.module);
}

void store_start_offsets(const Target& target, Parsed&& value) {
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    target.source->start_offsets.push_back(*read_start_offset(text));
  }
}

void store_role_members(const Target& target, Parsed&& value) {
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    target.config->cluster.role_members_min.push_back(*read_role_members(text));
  }
}

template <auto section, auto member>
void copy(Config& running, const Config& next) {
  (running.*section).*member = (next.*section).*member;
}

template <auto member>
void copy_type(EntityType& running, const EntityType& next) {
  running.*member = next.*member;
}

template <auto member>
constexpr auto copy_node = &copy<&Config::node, member>;
template <auto member>
constexpr auto copy_log = &copy<&Config::log, member>;

template <auto member>
constexpr auto to_node = &store_in<&Target::config, &Config::node, member>;
template <auto member>
constexpr auto to_log = &store_in<&Target::config, &Config::log, member>;
template <auto member>
constexpr auto to_kafka = &store_in<&Target::config, &Config::kafka, member>;
template <auto member>
constexpr auto to_cluster = &store_in<&Target::config, &Config::cluster, member>;
template <auto member>
constexpr auto to_journal = &store_in<&Target::config, &Config::journal, member>;
template <auto member>
constexpr auto to_module = &store_in<&Target::module, member>;
template <auto member>
constexpr auto to_type = &store_in<&Target::type, member>;
template <auto member>
constexpr auto to_source = &store_in<&Target::source, member>;
template <auto member>
constexpr auto to_sink = &store_in<&Target::sink, member>;

constexpr std::uint64_t day_ms = 24 * 60 * 60 * 1'000;
constexpr std::uint64_t memory_bytes_max = std::uint64_t{1} << 50;
constexpr std::array<std::string_view, 4> log_levels = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> log_formats = {"text", "json"};
constexpr std::array<std::string_view, 3> failure_answers = {"stop", "restart", "park"};
constexpr std::array<std::string_view, 2> evictions = {"lru", "tinylfu"};
constexpr std::array<std::string_view, 2> memory_answers = {"keep", "passivate"};
constexpr std::array<std::string_view, 4> downing_strategies = {"keep-majority", "static-quorum",
                                                                "keep-oldest", "down-all"};
constexpr std::array<std::string_view, 2> lone_oldest_answers = {"down", "keep"};
constexpr std::array<std::string_view, 2> unstable_answers = {"down-all", "wait"};
constexpr std::array<std::string_view, 2> lost_records_answers = {"hold", "continue"};

constexpr std::array<std::string_view, 2> journal_logs = {"file", "kafka"};
constexpr std::array<std::string_view, 2> state_stores = {"rocksdb", "memory"};
constexpr std::array<std::string_view, 3> durabilities = {"none", "state", "events"};

constexpr std::array<Section, 9> all_sections = {{
    {"node", SectionKind::table, "this host"},
    {"log", SectionKind::table, "the host's log, written to stderr"},
    {"kafka", SectionKind::table, "the Kafka cluster of sources and sinks"},
    {"journal", SectionKind::table, "the shard logs"},
    {"cluster", SectionKind::table, "the other hosts"},
    {"modules", SectionKind::list, "a shared library loaded at start"},
    {"types", SectionKind::named, "settings of an entity type"},
    {"sources", SectionKind::list, "Kafka topics that feed an entity type"},
    {"sinks", SectionKind::list, "a Kafka topic that entities emit to"},
}};

constexpr Key integer(std::string_view section, decltype(Key::store) store, std::string_view name,
                      std::string_view literal, std::uint64_t min, std::uint64_t max, std::string_view unit,
                      std::string_view doc) {
  return Key{.section = section,
             .name = name,
             .kind = Kind::integer,
             .literal = literal,
             .min = min,
             .max = max,
             .unit = unit,
             .store = store,
             .doc = doc};
}

template <auto member>
constexpr Key node_integer(std::string_view name, std::string_view literal, std::uint64_t min,
                           std::uint64_t max, std::string_view unit, std::string_view doc) {
  return integer("node", to_node<member>, name, literal, min, max, unit, doc);
}

template <auto member>
constexpr Key live_node_integer(std::string_view name, std::string_view literal, std::uint64_t min,
                                std::uint64_t max, std::string_view unit, std::string_view doc) {
  Key key = node_integer<member>(name, literal, min, max, unit, doc);
  key.take_over = copy_node<member>;
  return key;
}

template <auto member>
constexpr Key cluster_integer(std::string_view name, std::string_view literal, std::uint64_t min,
                              std::uint64_t max, std::string_view unit, std::string_view doc) {
  return integer("cluster", to_cluster<member>, name, literal, min, max, unit, doc);
}

template <auto member>
constexpr Key cluster_text(std::string_view name, std::string_view literal,
                           std::span<const std::string_view> choices, std::string_view doc) {
  return Key{.section = "cluster",
             .name = name,
             .literal = literal,
             .choices = choices,
             .store = to_cluster<member>,
             .doc = doc};
}

// An integer of a type; without `literal` it has no default.
template <auto member>
constexpr Key type_integer(std::string_view name, std::string_view literal, std::uint64_t min,
                           std::uint64_t max, std::string_view unit, std::string_view doc) {
  Key key = integer("types", to_type<member>, name, literal, min, max, unit, doc);
  if (literal.empty()) key.default_rule = Default::absent;
  return key;
}

template <auto member>
constexpr Key live_type_integer(std::string_view name, std::string_view literal, std::uint64_t min,
                                std::uint64_t max, std::string_view unit, std::string_view doc) {
  Key key = type_integer<member>(name, literal, min, max, unit, doc);
  key.take_over_type = copy_type<member>;
  return key;
}

// Tables stand last in their section, so that print-config can write a section's keys in this order.
constexpr std::array all_keys = {
    Key{.section = "node",
        .name = "name",
        .default_rule = Default::host_name,
        .problem = node_name_problem,
        .store = to_node<&Node::name>,
        .doc = "The host's name in logs and status."},
    Key{.section = "node",
        .name = "data_dir",
        .kind = Kind::path,
        .literal = "\"shoal-data\"",
        .store = to_node<&Node::data_dir>,
        .doc = "The host's own files; locked by one host."},
    Key{.section = "node",
        .name = "lanes",
        .kind = Kind::integer,
        .default_rule = Default::hardware_threads,
        .min = 1,
        .max = 1'024,
        .unit = "threads",
        .store = to_node<&Node::lanes>,
        .doc = "Worker threads that run entities."},
    Key{.section = "node",
        .name = "management_port",
        .kind = Kind::integer,
        .literal = "8558",
        .min = 0,
        .max = 65'535,
        .store = to_node<&Node::management_port>,
        .doc = "HTTP port of the management interface on the loopback address; 0 takes any free port."},
    live_node_integer<&Node::shutdown_grace_ms>("shutdown_grace_ms", "20_000", 0, day_ms, "ms",
                                                "How long a stop may take before it is forced."),
    live_node_integer<&Node::lane_spin_us>("lane_spin_us", "0", 0, 1'000'000, "us",
                                           "How long an idle lane looks for work before it sleeps."),
    node_integer<&Node::tell_hold_ms>(
        "tell_hold_ms", "1_000", 0, day_ms, "ms",
        "How long a message between lanes waits for room before it is refused."),
    node_integer<&Node::turn_warning_ms>(
        "turn_warning_ms", "5_000", 0, day_ms, "ms",
        "A turn that takes longer is named in the log and keeps the host from being ready; 0: none is."),
    node_integer<&Node::memory_limit_bytes>(
        "memory_limit_bytes", "0", 0, memory_bytes_max, "bytes",
        "How much memory the host may use; 0: the limit of its control group, or the machine's memory."),
    node_integer<&Node::memory_shed_percent>(
        "memory_shed_percent", "80", 0, 100, "percent",
        "From this share of the limit on entities leave the memory, the longest idle first; 0: none do."),
    node_integer<&Node::memory_shed_target_percent>("memory_shed_target_percent", "75", 1, 100, "percent",
                                                    "Below this share of the limit no more entities leave."),
    node_integer<&Node::memory_poll_ms>("memory_poll_ms", "5_000", 10, day_ms, "ms",
                                        "How often the host looks at its memory."),
    Key{.section = "node",
        .name = "module_directories",
        .kind = Kind::path_list,
        .literal = "[]",
        .store = to_node<&Node::module_directories>,
        .take_over = copy_node<&Node::module_directories>,
        .doc = "Where modules may be loaded from while the host runs."},

    Key{.section = "log",
        .name = "level",
        .literal = "\"info\"",
        .choices = log_levels,
        .store = to_log<&Log::level>,
        .take_over = copy_log<&Log::level>,
        .doc = "The least level that is written."},
    Key{.section = "log",
        .name = "format",
        .literal = "\"text\"",
        .choices = log_formats,
        .store = to_log<&Log::format>,
        .take_over = copy_log<&Log::format>,
        .doc = "Lines for people, or one JSON object a line."},

    Key{.section = "kafka",
        .name = "bootstrap_servers",
        .literal = "\"\"",
        .store = to_kafka<&Kafka::bootstrap_servers>,
        .doc = "HOST:PORT,HOST:PORT…; empty: no Kafka."},
    Key{.section = "kafka",
        .name = "client",
        .kind = Kind::text_map,
        .literal = "{}",
        .store = to_kafka<&Kafka::client>,
        .doc = "librdkafka's own keys."},

    Key{.section = "journal",
        .name = "log",
        .literal = "\"file\"",
        .choices = journal_logs,
        .store = to_journal<&Journal::log>,
        .doc = "Whether the shard logs are files or Kafka topics."},
    Key{.section = "journal",
        .name = "directory",
        .kind = Kind::path,
        .default_rule = Default::absent,
        .store = to_journal<&Journal::directory>,
        .doc = "Where the shard logs are."},
    integer("journal", to_journal<&Journal::lease_ms>, "lease_ms", "2000", 100, 60'000, "ms",
            "How long a durable shard answers without writing."),
    Key{.section = "journal",
        .name = "state_store",
        .literal = "\"rocksdb\"",
        .choices = state_stores,
        .store = to_journal<&Journal::state_store>,
        .doc = "Where states of durable entities are that are not active."},
    Key{.section = "journal",
        .name = "state_store_directory",
        .kind = Kind::path,
        .default_rule = Default::absent,
        .store = to_journal<&Journal::state_store_directory>,
        .doc = "Where the state store is."},
    integer("journal", to_journal<&Journal::state_store_cache_mib>, "state_store_cache_mib", "64", 8, 65'536,
            "MiB", "Memory of the state store, for what it has read and what it has not written."),
    Key{.section = "journal",
        .name = "kafka_topic_prefix",
        .literal = "\"shoal-journal-\"",
        .problem = topic_problem,
        .store = to_journal<&Journal::kafka_topic_prefix>,
        .doc = "What the name of a type's journal topic begins with."},
    integer("journal", to_journal<&Journal::kafka_replication_factor>, "kafka_replication_factor", "0", 0,
            100, "replicas", "How many replicas a journal topic is made with."),
    integer("journal", to_journal<&Journal::kafka_timeout_ms>, "kafka_timeout_ms", "30000", 1'000, 600'000,
            "ms", "How long a write to a journal topic may take."),
    Key{.section = "cluster",
        .name = "bind",
        .literal = "\"\"",
        .problem = bind_problem,
        .store = to_cluster<&Cluster::bind>,
        .doc = "Where this host listens for others: HOST:PORT."},
    Key{.section = "cluster",
        .name = "advertise",
        .literal = "\"\"",
        .problem = address_or_empty_problem,
        .store = to_cluster<&Cluster::advertise>,
        .doc = "The address others reach this host at: HOST:PORT; empty: what is bound."},
    Key{.section = "cluster",
        .name = "seeds",
        .kind = Kind::text_list,
        .literal = "[]",
        .problem = address_problem,
        .store = to_cluster<&Cluster::seeds>,
        .doc = "Addresses of hosts to join."},
    Key{.section = "cluster",
        .name = "name",
        .literal = "\"shoal\"",
        .problem = element_name_problem,
        .store = to_cluster<&Cluster::name>,
        .doc = "The cluster's name; hosts of another one are refused."},
    Key{.section = "cluster",
        .name = "roles",
        .kind = Kind::text_list,
        .literal = "[]",
        .problem = element_name_problem,
        .store = to_cluster<&Cluster::roles>,
        .doc = "What this host is for."},
    Key{.section = "cluster",
        .name = "key_file",
        .kind = Kind::path,
        .default_rule = Default::absent,
        .store = to_cluster<&Cluster::key_file>,
        .doc = "This host's own key pair."},
    Key{.section = "cluster",
        .name = "allow_list",
        .kind = Kind::path,
        .default_rule = Default::absent,
        .store = to_cluster<&Cluster::allow_list>,
        .doc = "The keys of the hosts that are let in."},
    cluster_integer<&Cluster::members_min>("members_min", "1", 1, 10'000, "members",
                                           "So many members must be known before anyone becomes up."),
    Key{.section = "cluster",
        .name = "role_members_min",
        .kind = Kind::text_list,
        .literal = "[]",
        .problem = role_members_problem,
        .store = store_role_members,
        .doc = "The same of single roles: \"ROLE=N\"."},
    cluster_integer<&Cluster::seed_timeout_ms>(
        "seed_timeout_ms", "5_000", 1, day_ms,
        "ms", "How long the first seed looks for a cluster before it begins one."),
    cluster_integer<&Cluster::join_give_up_ms>(
        "join_give_up_ms", "0", 0, day_ms, "ms",
        "A host that no seed has let in for so long ends; 0: it goes on asking."),
    cluster_integer<&Cluster::weakly_up_after_ms>(
        "weakly_up_after_ms", "7_000", 0, day_ms,
        "ms", "A host that joins while another is unreachable is weakly up after this time; 0: never."),
    cluster_text<&Cluster::downing>("downing", "\"keep-majority\"", downing_strategies,
                                    "Which side of a split goes on."),
    cluster_integer<&Cluster::downing_stable_after_ms>(
        "downing_stable_after_ms", "20_000", 100, day_ms, "ms",
        "So long nothing must have changed before a split is decided."),
    Key{.section = "cluster",
        .name = "downing_role",
        .literal = "\"\"",
        .problem = element_name_or_empty_problem,
        .store = to_cluster<&Cluster::downing_role>,
        .doc = "Only members with this role count; empty: all do."},
    cluster_integer<&Cluster::downing_quorum>("downing_quorum", "0", 0, 10'000, "members",
                                              "Members that make a quorum; for static-quorum only."),
    cluster_text<&Cluster::downing_lone_oldest>(
        "downing_lone_oldest", "\"down\"", lone_oldest_answers,
        "What becomes of the oldest member where it is cut off alone; for keep-oldest only."),
    cluster_text<&Cluster::downing_unstable>("downing_unstable", "\"down-all\"", unstable_answers,
                                             "What follows where a split does not stand still."),
    cluster_integer<&Cluster::downing_indirect_percent>(
        "downing_indirect_percent", "50", 1, 100, "percent",
        "From this share of members that are reached by detours only, all go down."),

    Key{.section = "modules",
        .name = "path",
        .kind = Kind::path,
        .default_rule = Default::required,
        .store = to_module<&Module::path>,
        .doc = "The shared library."},
    Key{.section = "modules",
        .name = "config",
        .kind = Kind::json_table,
        .literal = "{}",
        .store = to_module<&Module::config>,
        .doc = "The module's own settings."},

    Key{.section = "types",
        .name = "module",
        .literal = "\"\"",
        .store = to_type<&EntityType::module>,
        .doc = "The id of the module that must provide the type; empty: any."},
    Key{.section = "types",
        .name = "shards",
        .kind = Kind::integer,
        .default_rule = Default::absent,
        .min = 1,
        .max = 65'536,
        .unit = "shards",
        .store = to_type<&EntityType::shards>,
        .doc = "How many shards a type without a source has."},
    Key{.section = "types",
        .name = "durability",
        .literal = "\"none\"",
        .choices = durabilities,
        .store = to_type<&EntityType::durability>,
        .doc = "What of an entity outlives its host."},
    Key{.section = "types",
        .name = "remember_entities",
        .kind = Kind::boolean,
        .literal = "false",
        .store = to_type<&EntityType::remember_entities>,
        .doc = "Whether entities that have begun and not stopped run again after a restart."},
    type_integer<&EntityType::remembered_start_rate>("remembered_start_rate", "10_000", 1, 1'000'000,
                                                     "entities",
                                                     "How many of these a host starts in a second at most."),
    Key{.section = "types",
        .name = "passivate_after",
        .literal = "\"never\"",
        .problem = duration_or_never_problem,
        .store = to_type<&EntityType::passivate_after>,
        .doc = "When an idle entity leaves the memory."},
    live_type_integer<&EntityType::active_entities_max>(
        "active_entities_max", "", 1, UINT32_MAX, "entities",
        "How many entities of the type this host keeps in memory."),
    Key{.section = "types",
        .name = "eviction",
        .literal = "\"tinylfu\"",
        .choices = evictions,
        .store = to_type<&EntityType::eviction>,
        .doc = "Who leaves the memory when there are more."},
    Key{.section = "types",
        .name = "on_memory_pressure",
        .literal = "\"keep\"",
        .choices = memory_answers,
        .store = to_type<&EntityType::on_memory_pressure>,
        .doc = "Whether entities leave the memory when the host has too little of it."},
    Key{.section = "types",
        .name = "stop_message",
        .literal = "\"\"",
        .store = to_type<&EntityType::stop_message>,
        .doc = "The message an entity gets before it leaves the memory; empty: none."},
    type_integer<&EntityType::stop_timeout_ms>("stop_timeout_ms", "10_000", 1, day_ms, "ms",
                                               "How long an entity may take to stop after its stop message."),
    Key{.section = "types",
        .name = "on_failure",
        .literal = "\"stop\"",
        .choices = failure_answers,
        .store = to_type<&EntityType::on_failure>,
        .doc = "What becomes of an entity whose turn failed."},
    type_integer<&EntityType::backoff_min_ms>(
        "backoff_min_ms", "200", 1, day_ms, "ms",
        "The pause before the first restart; each one after it doubles."),
    type_integer<&EntityType::backoff_max_ms>("backoff_max_ms", "30_000", 1, day_ms, "ms",
                                              "The longest pause before a restart."),
    type_integer<&EntityType::failures_max>(
        "failures_max", "0", 0, 1'000, "failures",
        "So many failures within the window park an entity; 0: no number does."),
    type_integer<&EntityType::failure_window_ms>("failure_window_ms", "60_000", 1, day_ms, "ms",
                                                 "The time in which failures are counted."),
    type_integer<&EntityType::request_window_ms>("request_window_ms", "60_000", 1, day_ms, "ms",
                                                 "How long a request id is remembered."),
    type_integer<&EntityType::blocking_threads>("blocking_threads", "16", 1, 1'024, "threads",
                                                "The threads of a type whose turns may block."),
    type_integer<&EntityType::blocking_warning_ms>(
        "blocking_warning_ms", "60_000", 0, day_ms, "ms",
        "A turn that may block is named in the log when it takes longer; 0: none is."),
    Key{.section = "types",
        .name = "config",
        .kind = Kind::json_table,
        .literal = "{}",
        .store = to_type<&EntityType::config>,
        .doc = "The type's own settings."},

    Key{.section = "sources",
        .name = "name",
        .default_rule = Default::required,
        .problem = element_name_problem,
        .store = to_source<&Source::name>,
        .doc = "The source's name in status; unique."},
    Key{.section = "sources",
        .name = "topics",
        .kind = Kind::text_list,
        .default_rule = Default::required,
        .problem = topic_or_pattern_problem,
        .store = to_source<&Source::topics>,
        .doc = "Topics with the same number of partitions, which is the type's number of shards."},
    Key{.section = "sources",
        .name = "topic_refresh_interval_ms",
        .kind = Kind::integer,
        .literal = "300_000",
        .min = 1'000,
        .max = day_ms,
        .unit = "ms",
        .store = to_source<&Source::topic_refresh_interval_ms>,
        .doc = "How often new topics that match a pattern are looked for."},
    Key{.section = "sources",
        .name = "partitions",
        .kind = Kind::integer_list,
        .literal = "[]",
        .min = 0,
        .max = 65'535,
        .store = to_source<&Source::partitions>,
        .doc = "The partitions that are read of each topic; empty: all."},
    Key{.section = "sources",
        .name = "type",
        .default_rule = Default::required,
        .problem = type_name_problem,
        .store = to_source<&Source::type>,
        .doc = "The entity type that takes the records."},
    Key{.section = "sources",
        .name = "message",
        .default_rule = Default::required,
        .problem = empty_problem,
        .store = to_source<&Source::message>,
        .doc = "The type's message that a record's value is."},
    Key{.section = "sources",
        .name = "group",
        .default_rule = Default::type_of_source,
        .problem = empty_problem,
        .store = to_source<&Source::group>,
        .doc = "The consumer group that keeps the offsets."},
    Key{.section = "sources",
        .name = "offsets",
        .literal = "\"group\"",
        .problem = offsets_problem,
        .store = store_offsets,
        .doc = "Who keeps the offsets: group, none or module:ID."},
    Key{.section = "sources",
        .name = "start",
        .default_rule = Default::start_of_source,
        .problem = start_problem,
        .store = store_start,
        .doc = "Where to begin."},
    Key{.section = "sources",
        .name = "start_offsets",
        .kind = Kind::text_list,
        .literal = "[]",
        .problem = start_offset_problem,
        .store = store_start_offsets,
        .doc = "Where to begin in single partitions, each time: \"TOPIC/PARTITION=OFFSET\"."},
    Key{.section = "sources",
        .name = "lost_records",
        .literal = "\"hold\"",
        .choices = lost_records_answers,
        .store = to_source<&Source::lost_records>,
        .doc = "What follows where records are gone that were never read."},
    Key{.section = "sources",
        .name = "dead_letter_topic",
        .default_rule = Default::absent,
        .problem = topic_or_empty_problem,
        .store = to_source<&Source::dead_letter_topic>,
        .doc = "Where refused records go; unset: <topic>.dead-letters; empty: count and log only."},
    Key{.section = "sources",
        .name = "commit_interval_ms",
        .kind = Kind::integer,
        .literal = "1_000",
        .min = 10,
        .max = day_ms,
        .unit = "ms",
        .store = to_source<&Source::commit_interval_ms>,
        .doc = "The longest time between two commits of offsets."},
    Key{.section = "sources",
        .name = "commit_records",
        .kind = Kind::integer,
        .literal = "100_000",
        .min = 1,
        .max = 1'000'000'000,
        .unit = "records",
        .store = to_source<&Source::commit_records>,
        .doc = "Commit sooner when so many records have finished."},
    Key{.section = "sources",
        .name = "in_flight_records_max",
        .kind = Kind::integer,
        .literal = "100_000",
        .min = 1,
        .max = 10'000'000,
        .unit = "records",
        .store = to_source<&Source::in_flight_records_max>,
        .doc = "Records of one partition that are taken and not yet finished."},

    Key{.section = "sinks",
        .name = "name",
        .default_rule = Default::required,
        .problem = element_name_problem,
        .store = to_sink<&Sink::name>,
        .doc = "What entities call the sink; unique."},
    Key{.section = "sinks",
        .name = "topic",
        .default_rule = Default::required,
        .problem = topic_problem,
        .store = to_sink<&Sink::topic>,
        .doc = "The topic."},
};

}  // namespace

std::span<const Section> sections() { return all_sections; }

std::span<const Key> keys() { return all_keys; }

const Section* find_section(std::string_view name) {
  const auto* found = std::ranges::find(all_sections, name, &Section::name);
  return found == all_sections.end() ? nullptr : found;
}

const Key* find_key(std::string_view section, std::string_view name) {
  const auto* found = std::ranges::find_if(
      all_keys, [&](const Key& key) { return key.section == section && key.name == name; });
  return found == all_keys.end() ? nullptr : found;
}

std::string pattern(const Key& key) {
  const Section* section = find_section(key.section);
  const char* element = section->kind == SectionKind::list    ? "[]"
                        : section->kind == SectionKind::named ? ".NAME"
                                                              : "";
  return std::string{key.section} + element + "." + std::string{key.name};
}

}  // namespace shoal::config
