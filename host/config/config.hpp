#pragma once
// The whole configuration of a host as plain values. Read at start; immutable afterwards, so any thread may
// read it, but for what changes with SIGHUP: that is for the control thread (host/config/README.md lists it).
// Keys, units, defaults and ranges are documented in configs/reference.toml.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shoal::config {

// A module's or a type's own `config` table, as one JSON object (what the module ABI hands on).
struct ModuleTable {
  std::string json = "{}";
};

struct Node {
  std::string name;                      // default: the machine's host name
  std::filesystem::path data_dir;        // locked by one host
  std::uint32_t lanes = 0;               // resolved: at least 1
  std::uint16_t management_port = 8558;  // 0: any free port
  std::uint32_t shutdown_grace_ms = 20'000;
  std::uint32_t lane_spin_us = 0;
  std::uint32_t tell_hold_ms = 1'000;
  std::uint32_t turn_warning_ms = 5'000;   // 0: nobody looks
  std::uint64_t memory_limit_bytes = 0;    // 0: the control group's, or the machine's memory
  std::uint32_t memory_shed_percent = 80;  // of the limit; 0: nobody looks
  std::uint32_t memory_shed_target_percent = 75;
  std::uint32_t memory_poll_ms = 5'000;
  std::vector<std::filesystem::path> module_directories;  // what POST /v1/modules may load from
};

struct Log {
  std::string level = "info";   // debug, info, warning, error
  std::string format = "text";  // text, json
};

struct Kafka {
  std::string bootstrap_servers;              // empty: no Kafka
  std::map<std::string, std::string> client;  // librdkafka's own keys
};

struct Journal {
  std::string log = "file";                     // file, kafka
  std::filesystem::path directory;              // empty: `journal` in node.data_dir
  std::uint32_t lease_ms = 2'000;               // a durable shard answers so long without writing
  std::string state_store = "rocksdb";          // rocksdb, memory
  std::filesystem::path state_store_directory;  // empty: `state-store` in node.data_dir
  std::uint32_t state_store_cache_mib = 64;
  std::string kafka_topic_prefix = "shoal-journal-";
  std::uint32_t kafka_replication_factor = 0;  // of topics that are made; 0: as the brokers have it
  std::uint32_t kafka_timeout_ms = 30'000;     // what is not written by then is given up
};

// So many members of a role must be known before anyone becomes up.
struct RoleMembers {
  std::string role;
  std::uint32_t members = 1;
};

inline constexpr const char* default_cluster_bind = "127.0.0.1:25520";

struct Cluster {
  std::string name = "shoal";  // hosts of another one are refused
  std::string bind = {};       // HOST:PORT; empty: the default, or any port where that is taken
  std::string advertise = {};  // HOST:PORT; empty: what is bound
  std::vector<std::string> seeds = {};
  std::vector<std::string> roles = {};
  std::filesystem::path key_file = {};    // empty: no keys
  std::filesystem::path allow_list = {};  // empty: no keys
  std::uint32_t members_min = 1;
  std::vector<RoleMembers> role_members_min = {};
  std::uint32_t seed_timeout_ms = 5'000;
  std::uint32_t join_give_up_ms = 0;  // 0: never
  std::uint32_t weakly_up_after_ms = 7'000;
  std::string downing = "keep-majority";  // keep-majority, static-quorum, keep-oldest, down-all
  std::string downing_role = {};          // empty: all members count
  std::uint32_t downing_stable_after_ms = 20'000;
  std::uint32_t downing_quorum = 0;           // of static-quorum
  std::string downing_lone_oldest = "down";   // down, keep
  std::string downing_unstable = "down-all";  // down-all, wait
  std::uint32_t downing_indirect_percent = 50;

  // Without a bind and without seeds a host is a cluster of one, and nobody can reach it.
  bool is_on() const { return !bind.empty() || !seeds.empty(); }
};

struct Module {
  std::filesystem::path path;
  ModuleTable config;
};

struct EntityType {
  std::string name;
  std::string module;                   // id of the module that must provide it; empty: any
  std::optional<std::uint32_t> shards;  // without a source; with one the partition count rules
  std::string durability = "none";      // none, state, events
  bool remember_entities = false;       // they run again after a restart
  std::uint32_t remembered_start_rate = 10'000;
  std::string passivate_after = "never";  // or a duration: an entity without messages leaves memory
  std::optional<std::uint32_t> active_entities_max;
  std::string eviction = "tinylfu";         // lru, tinylfu
  std::string on_memory_pressure = "keep";  // keep, passivate
  std::string stop_message;                 // empty: none
  std::uint32_t stop_timeout_ms = 10'000;
  std::string on_failure = "stop";  // stop, restart, park
  std::uint32_t backoff_min_ms = 200;
  std::uint32_t backoff_max_ms = 30'000;
  std::uint32_t failures_max = 0;  // 0: no number parks
  std::uint32_t failure_window_ms = 60'000;
  std::uint32_t request_window_ms = 60'000;
  std::uint32_t blocking_threads = 16;         // of a type whose turns may block
  std::uint32_t blocking_warning_ms = 60'000;  // of its turns; 0: nobody looks
  ModuleTable config;
};

enum class Start { committed, earliest, latest, time };

// Who keeps the offset at which a source goes on after a restart.
enum class OffsetKeeper {
  group,   // the consumer group, in Kafka
  none,    // nobody: `start` counts each time
  module,  // a module's factory shoal.offsets/1
};

struct StartOffset {
  std::string topic;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
};

// What follows where records are gone that were never read.
enum class LostRecords { hold, go_on };

struct Source {
  std::string name;
  std::vector<std::string> topics;                    // beginning with ^: patterns
  std::uint32_t topic_refresh_interval_ms = 300'000;  // how often topics that match are looked for
  std::vector<std::uint32_t> partitions;              // of each topic; empty: all
  std::string type;
  std::string message;
  std::string group;  // resolved: the type's name where none is given
  OffsetKeeper offsets = OffsetKeeper::group;
  std::string offsets_module;  // id of the module that keeps them
  Start start = Start::committed;
  std::int64_t start_time_ms = 0;  // of Start::time, since 1970
  std::vector<StartOffset> start_offsets;
  LostRecords lost_records = LostRecords::hold;
  std::optional<std::string> dead_letter_topic;  // none: <topic>.dead-letters; "": count and log only
  std::uint32_t commit_interval_ms = 1'000;
  std::uint32_t commit_records = 100'000;         // commit sooner when so many records have finished
  std::uint32_t in_flight_records_max = 100'000;  // a partition: records taken and not yet finished
};

struct Sink {
  std::string name;
  std::string topic;
};

struct Config {
  Node node;
  Log log;
  Kafka kafka;
  Journal journal;
  Cluster cluster;
  std::vector<Module> modules;
  std::vector<EntityType> types;
  std::vector<Source> sources;
  std::vector<Sink> sinks;
};

}  // namespace shoal::config
