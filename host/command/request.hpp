#pragma once
// What a command line asks for, as plain values.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::command {

enum class Format { text, json };

// Which host a client command talks to, for how long, and how it shows the answer.
struct Client {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8558;
  std::chrono::milliseconds timeout{5'000};
  Format format = Format::text;
};

// Look again and again, every so often; none: once.
using Watch = std::optional<std::chrono::milliseconds>;

struct ConfigSource {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> sets;
};

struct Run {
  ConfigSource source;
  std::vector<std::string> seeds;  // not empty: wins over cluster.seeds
};

struct CheckConfig {
  ConfigSource source;
};

struct PrintConfig {
  ConfigSource source;
  std::optional<std::string> explained;  // only says what this key means
};

struct DevKafka {
  std::vector<std::pair<std::string, int>> topics;  // name, partition count
  std::filesystem::path bootstrap_file;             // empty: none
};

struct FeedCsv {
  std::filesystem::path file;
  std::string topic;
  std::string key_column;
  std::string bootstrap_servers;
  std::optional<double> rate_per_second;
  std::optional<std::uint64_t> limit;
  std::map<std::string, std::string> client;  // librdkafka's own keys
};

struct Ask {
  Client client;
  std::string type;
  std::string id;
  std::string message;
  std::string json;  // empty: no body
};

struct Tell {
  Client client;
  std::string type;
  std::string id;
  std::string message;
  std::string json;  // empty: no body
  std::string receipt = "none";
};

struct EntityShow {
  Client client;
  Watch watch;
  std::string type;
  std::string id;
};

struct EntityList {
  Client client;
  Watch watch;
  std::string type;
  std::optional<std::uint32_t> limit;
};

struct EntityHistory {
  Client client;
  std::string type;
  std::string id;
  std::filesystem::path directory;  // of a journal that no host uses; empty: a host is asked
  std::uint64_t from = 1;           // a sequence of its shard's log
  std::uint64_t limit = 1'000;
};

struct EntityParked {
  Client client;
  Watch watch;
  std::string type;
  std::optional<std::uint32_t> limit;
};

struct EntityUnpark {
  Client client;
  std::string type;
  std::string id;
};

struct DeadLetters {
  Client client;
  Watch follow;  // what is new, every so often; none: what is there
  std::uint32_t limit = 100;
};

struct TypeSet {
  Client client;
  std::string type;
  std::optional<std::uint32_t> active_entities_max;  // none: any number
};

struct ClusterMembers {
  Client client;
  Watch watch;
  bool exit_when_healthy = false;
};

struct ClusterJoin {
  Client client;
  std::string address;
};

struct ClusterChange {
  Client client;
  std::string node;
  std::string operation;  // leave or down
};

struct ClusterExplain {
  Client client;
  std::string node;
};

struct ClusterEvents {
  Client client;
  Watch follow;  // what is new, every so often; none: what is there
  std::uint32_t limit = 100;
};

struct KeyGenerate {
  std::filesystem::path file;
};

struct KeyAllow {
  std::filesystem::path list;
  std::string name;
  std::string key;      // hexadecimal, or the file of a key pair
  std::string address;  // HOST:PORT; empty: not fixed
};

struct KeyRevoke {
  std::filesystem::path list;
  std::string key;
};

struct KeyRotate {
  std::filesystem::path file;
  std::filesystem::path list;  // empty: it is not touched
};

// A journal's directory, and of it the shards of a type, or one.
struct JournalDirectory {
  std::filesystem::path directory;
  std::string type;  // empty: all
  std::optional<std::uint32_t> shard;
};

struct JournalList : JournalDirectory {};
struct JournalStat : JournalDirectory {};
struct JournalVerify : JournalDirectory {};
struct JournalDump : JournalDirectory {
  std::uint64_t from = 0;  // a sequence
};

struct JournalCompact {
  std::filesystem::path directory;
  bool dry_run = false;
};

struct ModuleCheck {
  std::filesystem::path file;
  ConfigSource source;  // gives the module and its types the tables they would get
  Format format = Format::text;
};

struct ModuleLoad {
  Client client;
  std::filesystem::path file;
};

struct ModuleList {
  Client client;
  Watch watch;
};

struct Status {
  Client client;
  Watch watch;
};

struct Top {
  Client client;
  std::chrono::milliseconds interval{1'000};
  bool once = false;
};

struct CommandDescription;

struct Completion {
  std::string shell;                               // bash, zsh or fish
  std::shared_ptr<const CommandDescription> root;  // the command line that is completed
};

using Request =
    std::variant<Run, CheckConfig, PrintConfig, DevKafka, FeedCsv, Ask, Tell, EntityShow, EntityList,
                 EntityHistory, EntityParked, EntityUnpark, DeadLetters, TypeSet, ModuleCheck, ModuleLoad,
                 ModuleList, Status, Top, Completion, ClusterMembers, ClusterJoin, ClusterChange,
                 ClusterExplain, ClusterEvents, KeyGenerate, KeyAllow, KeyRevoke, KeyRotate, JournalList,
                 JournalStat, JournalVerify, JournalDump, JournalCompact>;

}  // namespace shoal::command
