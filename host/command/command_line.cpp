#include "host/command/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "host/command/arguments.hpp"
#include "host/command/command_description.hpp"
#include "host/command/exit_code.hpp"
#include "host/version.hpp"
#include "shoal/abi/module.h"

namespace shoal::command {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 ok, 1 failed, 2 usage, 10 unhealthy, 69 host unreachable, 78 bad configuration.";

std::string version_text() {
  const bool draft = (SHOAL_ABI & SHOAL_ABI_DRAFT_BIT) != 0;
  return std::string{"shoal "} + host::version + " (module ABI " + (draft ? "draft " : "") +
         std::to_string(SHOAL_ABI & ~SHOAL_ABI_DRAFT_BIT) + ")";
}

// An option whose value is read by `read` into `slot`; its error becomes a usage error.
template <class T, class Read>
CLI::Option* add_read(CLI::App& command, const std::string& name, T& slot, Read read,
                      const std::string& doc) {
  return command.add_option_function<std::string>(
      name,
      [&slot, read, name](const std::string& text) {
        auto value = read(text);
        if (!value) throw CLI::ValidationError(name, value.error().message);
        slot = std::move(value).value();
      },
      doc);
}

CLI::Option* add_json(CLI::App& command, std::string& json) {
  return command.add_option_function<std::string>(
      "json",
      [&json](const std::string& text) {
        if (auto checked = check_json(text); !checked)
          throw CLI::ValidationError("json", checked.error().message);
        json = text;
      },
      "The message's body: one JSON value");
}

// The tree of commands. Each leaf fills a request of its own and says, when it was given, that it is the one.
class CommandTree {
 public:
  explicit CommandTree(CLI::App& root) {
    root.require_subcommand(1);
    add_host_commands(root);
    add_kafka_commands(root);
    add_message_commands(root);
    add_entity_commands(root);
    add_dead_letters(root);
    add_type_commands(root);
    add_module_commands(root);
    add_cluster_commands(root);
    add_key_commands(root);
    add_journal_commands(root);
    CLI::App& status = leaf(root, "status", "Show a host's readiness, sources, sinks and types", status_);
    add_client(status, status_.client);
    add_watch(status, status_.watch);
    status.footer("Exit code 10 when the host is not ready.");
    add_top(root);
    CLI::App& completion =
        leaf(root, "completion", "Print what makes a shell complete this command line", completion_);
    completion.add_option("shell", completion_.shell, "The shell")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->option_text("bash|zsh|fish");
    completion.footer("For example: source <(shoal completion bash)");
    completion_.root = std::make_shared<CommandDescription>(description_of(root));
  }

  Request request() const { return chosen_(); }

 private:
  template <class T>
  CLI::App& leaf(CLI::App& parent, const std::string& name, const std::string& doc, T& request) {
    CLI::App* command = parent.add_subcommand(name, doc);
    command->callback([this, &request] { chosen_ = [&request] { return Request{request}; }; });
    return *command;
  }

  static CLI::App& group(CLI::App& parent, const std::string& name, const std::string& doc) {
    CLI::App* command = parent.add_subcommand(name, doc);
    command->require_subcommand(1);
    return *command;
  }

  static void add_format(CLI::App& command, Format& format) {
    add_read(command, "--format", format, read_format,
             "text for people, json for one JSON document on a line")
        ->option_text("text|json");
  }

  static void add_client(CLI::App& command, Client& client) {
    add_connection(command, client);
    add_format(command, client.format);
  }

  static void add_connection(CLI::App& command, Client& client) {
    command
        .add_option_function<std::string>(
            "--management",
            [&client](const std::string& text) {
              if (auto read = read_management(text, client); !read) {
                throw CLI::ValidationError("--management", read.error().message);
              }
            },
            "The host's management interface (default 127.0.0.1:8558)")
        ->option_text("HOST:PORT");
    add_read(command, "--timeout", client.timeout, read_timeout,
             "How long to wait for the answer (default 5s)")
        ->option_text("DURATION");
  }

  static void add_watch(CLI::App& command, Watch& watch) {
    add_read(command, "--watch", watch, read_interval,
             "Look again every so often (default 2 s) until SIGINT, SIGTERM or q; as the last option")
        ->expected(0, 1)
        ->default_str("2")
        ->option_text("[SECONDS]");
  }

  void add_top(CLI::App& root) {
    CLI::App& top = leaf(root, "top", "Show what a host does, live", top_);
    add_connection(top, top_.client);
    add_read(top, "--interval", top_.interval, read_interval, "Time between two looks (default 1)")
        ->option_text("SECONDS");
    top.add_flag("--once", top_.once, "Show the rates of one interval and end");
    top.footer("Ends with q, SIGINT or SIGTERM. Where stdout is no terminal, a block follows the other.");
  }

  static void add_config(CLI::App& command, ConfigSource& source) {
    command.add_option("--config", source.file, "The configuration file; without it the defaults hold")
        ->option_text("FILE");
    command.add_option("--set", source.sets, "Sets one key; wins over file and environment; may be repeated")
        ->option_text("KEY=VALUE")
        ->allow_extra_args(false);
  }

  void add_host_commands(CLI::App& root) {
    CLI::App& run = leaf(root, "run", "Run a host until SIGTERM or SIGINT", run_);
    add_config(run, run_.source);
    run.add_option("--seed", run_.seeds,
                   "A host of the cluster to join; wins over cluster.seeds; may be repeated")
        ->option_text("HOST:PORT")
        ->allow_extra_args(false);
    CLI::App& check =
        leaf(root, "check-config", "Say everything that is wrong with a configuration", check_config_);
    add_config(check, check_config_.source);
    CLI::App& print =
        leaf(root, "print-config", "Show every value that counts and where it comes from", print_config_);
    add_config(print, print_config_.source);
    print
        .add_option("--explain", print_config_.explained,
                    "Say what one key means and takes, and read no file")
        ->option_text(config_key_form)
        ->excludes("--config")
        ->excludes("--set");
  }

  void add_kafka_commands(CLI::App& root) {
    CLI::App& dev = group(root, "dev", "Tools for development");
    CLI::App& kafka = leaf(dev, "kafka", "Run a mock Kafka cluster until SIGTERM or SIGINT", dev_kafka_);
    kafka
        .add_option_function<std::vector<std::string>>(
            "--topic",
            [this](const std::vector<std::string>& texts) {
              for (const std::string& text : texts) {
                auto topic = read_topic(text);
                if (!topic) throw CLI::ValidationError("--topic", topic.error().message);
                dev_kafka_.topics.push_back(std::move(topic).value());
              }
            },
            "A topic and its partition count; may be repeated")
        ->required()
        ->option_text("NAME:PARTITIONS...");
    kafka.add_option("--bootstrap-file", dev_kafka_.bootstrap_file, "Holds HOST:PORT while the cluster runs")
        ->option_text("PATH");
    kafka.footer(
        "A mock in one process, for demos and tests: it keeps about 5 MiB a partition and then drops the\n"
        "oldest records silently; everything is gone when it stops.");
    add_feed(group(root, "feed", "Fill a topic"));
  }

  void add_feed(CLI::App& feed) {
    CLI::App& csv =
        leaf(feed, "csv", "Replay a CSV file, one JSON object a row, keyed by one column", feed_csv_);
    csv.add_option("file", feed_csv_.file, "The file, plain or .gz")->required()->option_text("FILE");
    csv.add_option("--topic", feed_csv_.topic, "The topic")->required()->option_text("TOPIC");
    csv.add_option("--key", feed_csv_.key_column, "The column that becomes the record's key")
        ->required()
        ->option_text("COLUMN");
    csv.add_option("--bootstrap", feed_csv_.bootstrap_servers, "The Kafka cluster")
        ->required()
        ->option_text("HOST:PORT,...");
    csv.add_option("--rate", feed_csv_.rate_per_second, "Records a second; without it as fast as possible")
        ->check(CLI::PositiveNumber)
        ->option_text("N");
    csv.add_option("--limit", feed_csv_.limit, "At most so many rows")->option_text("N");
    csv.add_option_function<std::vector<std::string>>(
           "--client",
           [this](const std::vector<std::string>& texts) {
             for (const std::string& text : texts) {
               auto assignment = read_assignment(text);
               if (!assignment) throw CLI::ValidationError("--client", assignment.error().message);
               feed_csv_.client.insert_or_assign(assignment.value().first, assignment.value().second);
             }
           },
           "A key of librdkafka; may be repeated")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE");
  }

  void add_message_commands(CLI::App& root) {
    CLI::App& ask =
        leaf(root, "ask", "Send a message to an entity and print its reply as one line of JSON", ask_);
    ask.add_option("type", ask_.type, "The entity's type")->required();
    ask.add_option("id", ask_.id, "The entity's id")->required();
    ask.add_option("message", ask_.message, "The message's name")->required();
    add_json(ask, ask_.json);
    add_client(ask, ask_.client);
    ask.footer("An id or a body that begins with - stands behind --.");
    CLI::App& tell = leaf(root, "tell", "Send a message to an entity without waiting for its turn", tell_);
    tell.add_option("type", tell_.type, "The entity's type")->required();
    tell.add_option("id", tell_.id, "The entity's id")->required();
    tell.add_option("message", tell_.message, "The message's name")->required();
    add_json(tell, tell_.json);
    tell.add_option("--receipt", tell_.receipt,
                    "Wait until its owner has taken it (accepted), or its turn has ended well (processed)")
        ->check(CLI::IsMember({"none", "accepted", "processed", "persisted"}))
        ->option_text("none|accepted|processed|persisted");
    add_client(tell, tell_.client);
    tell.footer("An id or a body that begins with - stands behind --.");
  }

  void add_entity_commands(CLI::App& root) {
    CLI::App& entity = group(root, "entity", "Look at entities, and let parked ones go on");
    CLI::App& show = leaf(entity, "show", "Show the state of an active entity", entity_show_);
    show.add_option("type", entity_show_.type, "The entity's type")->required();
    show.add_option("id", entity_show_.id, "The entity's id")->required();
    add_client(show, entity_show_.client);
    add_watch(show, entity_show_.watch);
    CLI::App& list = leaf(entity, "list", "List ids of active entities, percent-encoded", entity_list_);
    list.add_option("type", entity_list_.type, "The entities' type")->required();
    list.add_option("--limit", entity_list_.limit, "At most so many")
        ->check(CLI::PositiveNumber)
        ->option_text("N");
    add_client(list, entity_list_.client);
    add_watch(list, entity_list_.watch);
    CLI::App& history =
        leaf(entity, "history", "Print what the log says of an entity, as JSON lines", entity_history_);
    history.add_option("type", entity_history_.type, "The entity's type")->required();
    history.add_option("id", entity_history_.id, "The entity's id")->required();
    history
        .add_option("--dir", entity_history_.directory, "Not from a host, but from this journal's directory")
        ->option_text("PATH");
    history.add_option("--from", entity_history_.from, "From this sequence of its shard's log on")
        ->option_text("SEQUENCE");
    history.add_option("--limit", entity_history_.limit, "At most so many records (default 1000)")
        ->check(CLI::PositiveNumber)
        ->option_text("N");
    add_connection(history, entity_history_.client);
    history.footer("The log begins with the shard's last checkpoint: a snapshot stands for what was before.");
    CLI::App& parked =
        leaf(entity, "parked", "List entities whose messages are refused after failures", entity_parked_);
    parked.add_option("type", entity_parked_.type, "The entities' type")->required();
    parked.add_option("--limit", entity_parked_.limit, "At most so many")
        ->check(CLI::PositiveNumber)
        ->option_text("N");
    add_client(parked, entity_parked_.client);
    add_watch(parked, entity_parked_.watch);
    CLI::App& unpark = leaf(entity, "unpark", "Let a parked entity take messages again", entity_unpark_);
    unpark.add_option("type", entity_unpark_.type, "The entity's type")->required();
    unpark.add_option("id", entity_unpark_.id, "The entity's id")->required();
    add_client(unpark, entity_unpark_.client);
  }

  void add_dead_letters(CLI::App& root) {
    CLI::App& letters = leaf(root, "dead-letters",
                             "Show the last records and messages that were refused, and why", dead_letters_);
    add_follow(letters, dead_letters_.follow, dead_letters_.limit);
    add_client(letters, dead_letters_.client);
  }

  void add_type_commands(CLI::App& root) {
    CLI::App& type = group(root, "type", "Change entity types of a running host");
    CLI::App& set = leaf(type, "set", "Change a type in all shards until the host starts again", type_set_);
    set.add_option("type", type_set_.type, "The type")->required();
    add_read(set, "setting", type_set_.active_entities_max, read_type_setting,
             "How many entities may be active at once; none: any number")
        ->required()
        ->option_text("active_entities_max=N");
    add_client(set, type_set_.client);
  }

  void add_module_commands(CLI::App& root) {
    CLI::App& module_group = group(root, "module", "Check, load and list modules");
    CLI::App& check =
        leaf(module_group, "check", "Load a module here, as a host would, and report", module_check_);
    check.add_option("file", module_check_.file, "The shared library")->required()->option_text("FILE");
    add_config(check, module_check_.source);
    add_format(check, module_check_.format);
    CLI::App& load = leaf(module_group, "load", "Load a module into a running host", module_load_);
    load.add_option("file", module_load_.file,
                    "The shared library, in one of the host's node.module_directories")
        ->required()
        ->option_text("FILE");
    add_client(load, module_load_.client);
    CLI::App& list = leaf(module_group, "list", "List the modules of a host", module_list_);
    add_client(list, module_list_.client);
    add_watch(list, module_list_.watch);
  }

  void add_cluster_commands(CLI::App& root) {
    CLI::App& cluster = group(root, "cluster", "Look at a host's cluster, and change it");
    CLI::App& members = leaf(cluster, "members", "List the members as a host knows them", cluster_members_);
    members.add_flag("--exit-when-healthy", cluster_members_.exit_when_healthy,
                     "Wait until the host is ready and all members agree, at most --timeout");
    add_client(members, cluster_members_.client);
    add_watch(members, cluster_members_.watch);
    members.footer("Exit code 10 where --exit-when-healthy waited in vain.");
    CLI::App& join = leaf(cluster, "join", "Let a host join the cluster of another", cluster_join_);
    join.add_option("address", cluster_join_.address, "The other host")->required()->option_text("HOST:PORT");
    add_client(join, cluster_join_.client);
    add_change(leaf(cluster, "leave", "Let a member leave the cluster and end", cluster_leave_),
               cluster_leave_);
    add_change(leaf(cluster, "down", "Call a member down that is gone for good", cluster_down_),
               cluster_down_);
    CLI::App& explain = leaf(cluster, "explain", "Say why a member is what it is", cluster_explain_);
    explain.add_option("node", cluster_explain_.node, "Its address or name")->required();
    add_client(explain, cluster_explain_.client);
    CLI::App& events = leaf(cluster, "events", "Show the last changes of members", cluster_events_);
    add_follow(events, cluster_events_.follow, cluster_events_.limit);
    add_client(events, cluster_events_.client);
  }

  static void add_change(CLI::App& command, ClusterChange& request) {
    request.operation = command.get_name();
    command.add_option("node", request.node, "Its address or name")->required();
    add_client(command, request.client);
  }

  template <class T>
  static void add_journal(CLI::App& command, T& request) {
    command.add_option("directory", request.directory, "What journal.directory names")
        ->required()
        ->option_text("PATH");
  }

  static void add_shards(CLI::App& command, JournalDirectory& request) {
    add_journal(command, request);
    command.add_option("--type", request.type, "The shards of this type alone");
    command.add_option("--shard", request.shard, "This shard alone");
  }

  void add_journal_commands(CLI::App& root) {
    CLI::App& journal =
        group(root, "journal", "Look at a journal's directory and free room in it, as JSON lines");
    add_shards(
        leaf(journal, "ls", "List the shards: who owned them last, and how far they came", journal_ls_),
        journal_ls_);
    add_journal(
        leaf(journal, "stat", "Show what takes room, and what no shard needs any more", journal_stat_),
        journal_stat_);
    CLI::App& dump =
        leaf(journal, "dump", "Print the records that recovery would read, shard by shard", journal_dump_);
    add_shards(dump, journal_dump_);
    dump.add_option("--from", journal_dump_.from, "From this sequence on")->option_text("SEQUENCE");
    CLI::App& verify = leaf(journal, "verify", "Read what recovery would; exit code 1 where that is damaged",
                            journal_verify_);
    add_shards(verify, journal_verify_);
    CLI::App& compact = leaf(journal, "compact",
                             "Free what no shard needs any more, while no host runs there", journal_compact_);
    add_journal(compact, journal_compact_);
    compact.add_flag("--dry-run", journal_compact_.dry_run, "Only say what would go");
  }

  void add_key_commands(CLI::App& root) {
    CLI::App& key = group(root, "key", "Make the keys of hosts, and say which are let in");
    CLI::App& generate =
        leaf(key, "generate", "Make a host's own key pair and print the public key", key_generate_);
    generate.add_option("file", key_generate_.file, "The new file")->required()->option_text("FILE");
    CLI::App& allow = leaf(key, "allow", "Let a key in: add it to an allow list", key_allow_);
    allow.add_option("list", key_allow_.list, "The allow list, made where it is not there")
        ->required()
        ->option_text("FILE");
    allow.add_option("name", key_allow_.name, "The host's node.name")->required();
    allow.add_option("key", key_allow_.key, "Its public key, or the file of its key pair")->required();
    allow.add_option("--address", key_allow_.address, "Where it is reached; seeds need it")
        ->option_text("HOST:PORT");
    CLI::App& revoke = leaf(key, "revoke", "Let a key in no more: take it out of an allow list", key_revoke_);
    revoke.add_option("list", key_revoke_.list, "The allow list")->required()->option_text("FILE");
    revoke.add_option("key", key_revoke_.key, "The public key")->required();
    CLI::App& rotate =
        leaf(key, "rotate", "Give a host a new key pair; the old one stays beside it", key_rotate_);
    rotate.add_option("file", key_rotate_.file, "The file of its key pair")->required()->option_text("FILE");
    rotate.add_option("--allow-list", key_rotate_.list, "Let the new key in as well, where the old one is")
        ->option_text("FILE");
    for (CLI::App* changes : {&allow, &revoke, &rotate}) {
      changes->footer("Hosts read the list again on SIGHUP. Give all of them the same.");
    }
  }

  static void add_follow(CLI::App& command, Watch& follow, std::uint32_t& limit) {
    add_read(command, "-f,--follow", follow, read_interval,
             "Show new ones every so often (default 1 s) until SIGINT, SIGTERM or q; as the last option")
        ->expected(0, 1)
        ->default_str("1")
        ->option_text("[SECONDS]");
    command.add_option("--limit", limit, "At most so many at a look")
        ->check(CLI::Range(1, 10'000))
        ->option_text("N");
  }

  Run run_;
  CheckConfig check_config_;
  PrintConfig print_config_;
  DevKafka dev_kafka_;
  FeedCsv feed_csv_;
  Ask ask_;
  Tell tell_;
  EntityShow entity_show_;
  EntityList entity_list_;
  EntityHistory entity_history_;
  EntityParked entity_parked_;
  EntityUnpark entity_unpark_;
  DeadLetters dead_letters_;
  TypeSet type_set_;
  ModuleCheck module_check_;
  ModuleLoad module_load_;
  ModuleList module_list_;
  ClusterMembers cluster_members_;
  ClusterJoin cluster_join_;
  ClusterChange cluster_leave_;
  ClusterChange cluster_down_;
  ClusterExplain cluster_explain_;
  ClusterEvents cluster_events_;
  KeyGenerate key_generate_;
  KeyAllow key_allow_;
  KeyRevoke key_revoke_;
  KeyRotate key_rotate_;
  JournalList journal_ls_;
  JournalStat journal_stat_;
  JournalDump journal_dump_;
  JournalVerify journal_verify_;
  JournalCompact journal_compact_;
  Status status_;
  Top top_;
  Completion completion_;
  std::function<Request()> chosen_;
};

}  // namespace

std::variant<Request, Finished> read_command_line(int argument_count, const char* const* arguments) {
  CLI::App root{"Shoal: entities behind Kafka partitions", "shoal"};
  root.footer(exit_codes);
  root.set_version_flag("--version", version_text());
  CommandTree tree{root};
  try {
    root.parse(argument_count, arguments);
  } catch (const CLI::Success& answer) {
    return Finished{root.exit(answer)};
  } catch (const CLI::ParseError& problem) {
    std::cerr << "shoal: " << problem.what() << "\nshoal: --help behind a command shows how it is used\n";
    return Finished{exit_usage};
  }
  return tree.request();
}

}  // namespace shoal::command
