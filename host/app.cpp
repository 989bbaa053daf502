#include "host/app.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "host/blocking_status.hpp"
#include "host/cluster/cluster_options.hpp"
#include "host/cluster_settings.hpp"
#include "host/command/exit_code.hpp"
#include "host/config/reload.hpp"
#include "host/control_loop.hpp"
#include "host/data_directory.hpp"
#include "host/free_memory.hpp"
#include "host/host_control.hpp"
#include "host/kafka/client_config.hpp"
#include "host/kafka/partitioner.hpp"
#include "host/kafka/producer.hpp"
#include "host/kafka/topics.hpp"
#include "host/kafka_shard_logs.hpp"
#include "host/lane_group.hpp"
#include "host/lane_stores.hpp"
#include "host/logging.hpp"
#include "host/management/server.hpp"
#include "host/memory_limit.hpp"
#include "host/memory_shedder.hpp"
#include "host/modules/registry.hpp"
#include "host/node_load.hpp"
#include "host/process_status.hpp"
#include "host/service_notifier.hpp"
#include "host/shard_logs.hpp"
#include "host/source_controller.hpp"
#include "host/stop_guard.hpp"
#include "host/turn_watchdog.hpp"
#include "host/type_policies.hpp"
#include "host/version.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::host {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds stop_step_quiet = 1s;  // shorter steps of a stop are not worth a line
constexpr std::chrono::milliseconds flush_timeout_min = 100ms;
constexpr std::chrono::milliseconds end_timeout_min = 5s;  // of threads and handles, when all is committed

void log_of_module(shoal_log_level level, std::string_view module, std::string_view text) {
  const auto severity = level >= SHOAL_LOG_ERROR     ? spdlog::level::err
                        : level == SHOAL_LOG_WARNING ? spdlog::level::warn
                        : level == SHOAL_LOG_INFO    ? spdlog::level::info
                                                     : spdlog::level::debug;
  spdlog::log(severity, "module {}: {}", module, text);
}

// The parts of a host in the order they are made; they go in the reverse order.
class Host {
 public:
  Host(config::Loaded loaded, const ReadAgain& read_again)
      : loaded_(std::move(loaded)), read_again_(read_again) {}

  Result<void> start();
  int wait();

 private:
  Result<void> make_outputs();
  Result<void> make_lanes();
  void make_watchdog();
  void make_shedder();
  Result<void> make_sources();
  Result<void> make_cluster();
  Result<void> make_management();
  bool is_member() const { return !cluster_ || cluster_->view()->is_up(); }
  bool has_left() const { return cluster_ && cluster_->ended().has_value(); }
  void take_records();
  bool is_ready() const;
  void look_around();
  void tell_load();
  void reload();
  int stop();
  void leave(steady_clock::time_point deadline);
  void wait_for(const std::function<std::string()>& what, const std::function<bool()>& is_over,
                steady_clock::time_point deadline);
  [[noreturn]] void force_stop(const std::string& late_step) const;
  int end_parts(std::chrono::milliseconds timeout);
  int exit_code_of_cluster() const;

  std::optional<StopGuard> guard_;                       // first: it sees the others end
  ControlLoop::End stop_ = ControlLoop::End::condition;  // how the last step of the stop has ended
  std::string late_step_;                                // of the stop, that did not end in time
  config::Loaded loaded_;                                // what runs: only `reload` changes it
  const config::Config& config_ = loaded_.config;
  const ReadAgain& read_again_;
  ControlLoop control_;  // first: it blocks the signals before any thread starts
  ServiceNotifier notifier_{ServiceNotifier::options_of_environment()};
  std::optional<DataDirectory> data_;
  std::optional<modules::Registry> registry_;
  TypeDirectory types_;
  ActiveLimits limits_;
  std::optional<lanes::DeadLetterLog> dead_letters_;
  std::vector<lanes::Output> outputs_;  // sinks, then dead-letter topics
  std::map<std::string, lanes::OutputIndex> dead_letter_outputs_;
  std::optional<ShardLogs> logs_;       // where a type is durable
  std::unique_ptr<LaneStores> stores_;  // there, unless states stay in memory
  // Reports and troubles come from other threads as soon as the producer and the lanes run.
  std::unique_ptr<LaneGroup> lanes_;
  std::unique_ptr<KafkaShardLogs> kafka_logs_;  // instead of logs_
  std::optional<TurnWatchdog> watchdog_;
  std::optional<MemoryShedder> shedder_;
  std::unique_ptr<SourceController> sources_;
  std::unique_ptr<kafka::Producer> producer_;
  bool takes_records_ = false;
  std::unique_ptr<node::ClusterNode> cluster_;  // null: the host runs alone
  NodeLoad load_;
  std::unique_ptr<HostControl> host_control_;
  std::optional<management::Server> server_;
};

Result<void> Host::start() {
  SHOAL_TRY(data, DataDirectory::lock(config_.node.data_dir));
  data_.emplace(std::move(data));
  registry_.emplace(modules::Registry::Options{data_->module_copies(), log_of_module, version});
  SHOAL_TRYV(kafka::check_client_keys(config_.kafka.client));
  const bool has_topics = !config_.sources.empty() || !config_.sinks.empty();
  if (has_topics && config_.kafka.bootstrap_servers.empty())
    return error(ErrorCode::bad_config, "sources and sinks need a broker: set kafka.bootstrap_servers");
  if (has_topics) {
    kafka::Producer::Options options;
    options.lane_count = config_.node.lanes;
    options.client_id = "shoal-" + config_.node.name;
    options.on_reports = [this](LaneIndex lane, std::span<const kafka::DeliveryReport> reports) {
      lanes_->lane(lane).put(reports);
    };
    SHOAL_TRY(producer, kafka::Producer::create(config_.kafka, std::move(options)));
    producer_ = std::move(producer);
    SHOAL_TRYV(make_outputs());
  }
  SHOAL_TRYV(make_lanes());
  make_watchdog();
  make_shedder();
  if (producer_) SHOAL_TRYV(make_sources());
  host_control_ = std::make_unique<HostControl>(
      HostControl::Options{&config_, &control_, &*registry_, lanes_.get(), &types_, sources_.get(),
                           &*watchdog_, &*shedder_, &*dead_letters_, stores_.get(), kafka_logs_.get()});
  lanes_->start();
  host_control_->load_configured(config_.modules);
  if (config_.cluster.is_on()) SHOAL_TRYV(make_cluster());
  SHOAL_TRYV(make_management());
  spdlog::info("host {} {} runs with {} lanes; management on 127.0.0.1:{}", config_.node.name, version,
               lanes_->count(), server_->port());
  return success();
}

Result<void> Host::make_outputs() {
  for (const config::Sink& sink : config_.sinks) {
    SHOAL_TRY(handle, producer_->resolve(sink.topic));
    outputs_.push_back({sink.topic, handle});
  }
  for (const config::Source& source : config_.sources) {
    for (const std::string& topic : source.topics) {
      const auto letters = dead_letter_topic(source, topic);
      if (!letters || dead_letter_outputs_.contains(*letters)) continue;
      SHOAL_TRY(handle, producer_->resolve(*letters));
      dead_letter_outputs_[*letters] = static_cast<lanes::OutputIndex>(outputs_.size());
      outputs_.push_back({*letters, handle});
    }
  }
  if (outputs_.size() <= lanes::outputs_max) return success();
  return error(ErrorCode::bad_config, "sinks and dead-letter topics are " + std::to_string(outputs_.size()) +
                                          ", a host takes at most " + std::to_string(lanes::outputs_max));
}

Result<void> Host::make_lanes() {
  std::random_device random;
  const std::uint64_t host_number = std::uint64_t{random()} << 32 | random();
  dead_letters_.emplace(config_.node.lanes);
  if (has_durable_types(config_) && config_.journal.log == "kafka") {
    SHOAL_TRY(logs, KafkaShardLogs::create(config_, host_number));
    kafka_logs_ = std::move(logs);
  } else if (has_durable_types(config_)) {
    const std::filesystem::path& directory = config_.journal.directory;
    logs_.emplace(directory.empty() ? data_->journal() : directory, host_number);
  }
  if (has_durable_types(config_) && config_.journal.state_store == "rocksdb") {
    const std::filesystem::path& directory = config_.journal.state_store_directory;
    SHOAL_TRY(stores, LaneStores::open(directory.empty() ? data_->state_store() : directory,
                                       std::size_t{config_.journal.state_store_cache_mib} * 1024 * 1024));
    stores_ = std::move(stores);
  }
  std::vector<std::unique_ptr<lanes::Lane>> made;
  for (std::uint32_t index = 0; index < config_.node.lanes; ++index) {
    lanes::Lane::Options options;
    options.index = LaneIndex{index};
    options.lane_count = config_.node.lanes;
    options.spin = std::chrono::microseconds(config_.node.lane_spin_us);
    for (const config::Sink& sink : config_.sinks) options.sinks.push_back(sink.name);
    options.outputs = outputs_;
    options.producer = producer_.get();
    options.kafka = config_.kafka;
    options.partition_of = kafka::partition_of;
    options.random_seed = std::uint64_t{random()} << 32 | random();
    options.host_number = host_number;
    options.tell_hold = std::chrono::milliseconds(config_.node.tell_hold_ms);
    options.on_trouble = [this](lanes::Trouble trouble) { sources_->report_trouble(std::move(trouble)); };
    options.dead_letters = &*dead_letters_;
    options.lease = std::chrono::milliseconds(config_.journal.lease_ms);
    made.push_back(std::make_unique<lanes::Lane>(std::move(options)));
    if (logs_) SHOAL_TRYV(logs_->give(*made.back()));
    if (kafka_logs_) SHOAL_TRYV(kafka_logs_->give(*made.back()));
    if (stores_) stores_->give(*made.back());
  }
  for (const config::EntityType& type : config_.types)
    limits_.set(type.name, type.active_entities_max.value_or(0));
  lanes_ = std::make_unique<LaneGroup>(
      std::move(made),
      [this](const modules::EntityType& type) {
        const auto policy = type_policy(config_, type);
        SHOAL_ASSERT(policy.has_value());  // a type is opened only after it was checked
        return policy.value();
      },
      limits_);
  if (kafka_logs_) {
    lanes_->on_durable_opened(
        [this](const std::string& type, std::uint32_t shards) { kafka_logs_->open_type(type, shards); });
  }
  return success();
}

void Host::make_watchdog() {
  TurnWatchdog::Options options;
  for (std::uint32_t index = 0; index < lanes_->count(); ++index) {
    options.watches.push_back(&lanes_->lane(LaneIndex{index}).turn_watch());
  }
  options.warn_after = std::chrono::milliseconds(config_.node.turn_warning_ms);
  options.names_of = [this](lanes::TypeIndex index) {
    TurnWatchdog::Names names;
    for (const auto& open : types_.all()) {
      if (open->index != index) continue;
      const modules::Generation& generation = *open->type->generation;
      names = {open->type->name, generation.id(), generation.version()};
    }
    return names;
  };
  options.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  watchdog_.emplace(std::move(options));
}

void Host::make_shedder() {
  MemoryShedder::Options options;
  const std::uint64_t limit_bytes = config_.node.memory_limit_bytes;
  options.pressure = {limit_bytes != 0 ? limit_bytes : read_memory_limit(), config_.node.memory_shed_percent,
                      config_.node.memory_shed_target_percent};
  options.interval = std::chrono::milliseconds(config_.node.memory_poll_ms);
  options.lane_count = lanes_->count();
  options.used_bytes = [] { return read_memory_used(); };
  options.count = [this](std::uint32_t lane, std::uint32_t now_tick, lanes::Shedding::Counted done) {
    lanes_->lane(LaneIndex{lane}).put([now_tick, done = std::move(done)](lanes::Lane& self) {
      self.count_sheddable(now_tick, [done](const lanes::ShedCandidates& candidates) {
        // What this thread has freed would be taken for memory that is in use.
        give_back_free_memory();
        done(candidates);
      });
    });
  };
  options.shed = [this](std::uint32_t lane, const lanes::ShedOrder& order, lanes::Shedding::Shed done) {
    lanes_->lane(LaneIndex{lane}).put([order, done = std::move(done)](lanes::Lane& self) {
      self.shed(order, done);
    });
  };
  options.name_of = [this](lanes::TypeIndex index) {
    for (const auto& open : types_.all()) {
      if (open->index == index) return open->type->name;
    }
    return std::string("?");
  };
  options.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  options.inform = [](const std::string& text) { spdlog::info("{}", text); };
  shedder_.emplace(std::move(options));
}

Result<void> Host::make_sources() {
  SHOAL_TRY(topics, kafka::TopicClient::create(config_.kafka, "shoal-" + config_.node.name + "-topics"));
  std::vector<std::string> output_topics;
  for (const lanes::Output& output : outputs_) output_topics.push_back(output.topic);
  sources_ = std::make_unique<SourceController>(
      SourceController::Options{&config_, lanes_.get(), &types_, std::move(topics), dead_letter_outputs_,
                                std::move(output_topics), producer_.get(), std::random_device{}()});
  return success();
}

// A module that is loaded later is not compared with the other members'.
Result<void> Host::make_cluster() {
  SHOAL_TRY(options, node::options_of(config_, cluster_settings(config_, registry_->list())));
  SHOAL_TRY(cluster, node::ClusterNode::start(std::move(options)));
  cluster_ = std::move(cluster);
  host_control_->take_part(*cluster_);
  return success();
}

// A host that is to be refused has touched nothing.
void Host::take_records() {
  if (!sources_ || takes_records_ || !is_member()) return;
  takes_records_ = true;
  sources_->start();
}

Result<void> Host::make_management() {
  management::ServerOptions options;
  options.port = config_.node.management_port;
  SHOAL_TRY(server, management::Server::start(options, *host_control_));
  server_.emplace(std::move(server));
  return success();
}

// What cannot be read changes nothing. A module that is new and cannot be loaded is a reason not to be ready,
// as at the start.
void Host::reload() {
  const auto next = read_again_();
  if (!next) {
    spdlog::error("the configuration is not read again, all stays as it was: {}", next.error().message);
    host_control_->reload_refused(next.error().message);
    return;
  }
  const config::Reload reload = config::take_over(loaded_, next.value());
  change_logging(config_.log);
  for (std::uint32_t index = 0; index < lanes_->count(); ++index) {
    const std::chrono::microseconds spin(config_.node.lane_spin_us);
    lanes_->lane(LaneIndex{index}).put([spin](lanes::Lane& lane) { lane.set_spin(spin); });
  }
  for (const config::EntityType& type : config_.types) {
    const std::string path = "types." + type.name + ".active_entities_max";
    if (std::ranges::find(reload.changed, path) == reload.changed.end()) continue;
    limits_.set(type.name, type.active_entities_max.value_or(0));
  }
  spdlog::info("the configuration is read again: {} keys and {} modules are new", reload.changed.size(),
               reload.modules.size());
  for (const std::string& key : reload.changed) spdlog::info("{} is changed", key);
  for (const std::string& key : reload.needs_restart)
    spdlog::warn("{} takes a restart: it stays as it was", key);
  if (cluster_) {
    const auto keys = cluster_->reload_allow_list();
    if (!keys) spdlog::error("the keys that are let in stay as they were: {}", keys.error().message);
  }
  host_control_->load_configured(reload.modules);
  host_control_->reload_applied(reload);
}

bool Host::is_ready() const {
  const std::vector<management::Check> checks = host_control_->readiness();
  return std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.ok; });
}

void Host::look_around() {
  const auto epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto epoch_ms = std::chrono::duration_cast<std::chrono::milliseconds>(epoch).count();
  watchdog_->look(steady_clock::now(), epoch_ms);
  for (const auto& type : types_.all()) {
    if (type->watchdog) type->watchdog->look(steady_clock::now(), epoch_ms);
  }
  shedder_->look(steady_clock::now());
  if (cluster_ && load_.is_due(steady_clock::now())) tell_load();
  notifier_.look(steady_clock::now(), [this] { return is_ready(); });
}

// So that the other members know.
void Host::tell_load() {
  LoadSample sample;
  sample.at = steady_clock::now();
  const management::ProcessStatus process = read_process_status();
  sample.cpu_seconds = process.cpu_seconds_total;
  sample.resident_bytes = process.resident_memory_bytes;
  sample.processors = std::max(1U, std::thread::hardware_concurrency());
  for (std::uint32_t index = 0; index < lanes_->count(); ++index) {
    const LaneIndex lane{index};
    sample.lanes.push_back({lanes_->lane(lane).cpu_seconds(), watchdog_->state(lane, sample.at).seconds});
  }
  for (const auto& type : types_.all()) sample.shards += type->shard_count;
  if (sources_) {
    for (const management::SourceStatus& source : sources_->status()) {
      sample.lag += static_cast<std::uint64_t>(source.lag.value_or(0));
    }
  }
  cluster_->tell(load_.look(std::move(sample)));
}

int Host::wait() {
  control_.on_hangup([this] { reload(); });
  const auto go_on = [this] {
    look_around();
    take_records();
    return has_left();
  };
  control_.run_until(go_on, steady_clock::time_point::max());
  return stop();
}

// In order: no new records, orders or asks; what was taken finishes, is acknowledged and committed; modules
// that keep offsets are told them; the outputs of the entities' last turns are acknowledged; threads end.
int Host::stop() {
  if (has_left() && node::is_unwanted(cluster_->ended()->reason)) {
    // The other side counts on this: it acts for this host's entities from now on.
    spdlog::critical("this host is downed, {}: it ends at once; start it again to join anew",
                     cluster_->ended()->text);
    spdlog::shutdown();
    std::_Exit(command::exit_failed);
  }
  spdlog::info("stopping: intake ends, what was taken finishes, at most {} ms",
               config_.node.shutdown_grace_ms);
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(config_.node.shutdown_grace_ms);
  notifier_.stopping();
  control_.on_hangup([] { spdlog::info("stopping: the configuration is not read again"); });
  host_control_->shut_down();
  leave(deadline);
  if (sources_) {
    sources_->begin_stop();
    wait_for([] { return std::string("a broker's answer to what the sources asked last"); },
             [this] { return sources_->has_stopped(); }, deadline);
  }
  lanes_->drain();
  for (const auto& type : types_.all()) {
    if (!type->pool) continue;
    type->pool->drain();
    spdlog::info("stopping: type {} begins no turn of a record any more, {} of its turns run",
                 type->type->name, type->pool->running());
  }
  wait_for([this] { return lanes_->unended(); }, [this] { return lanes_->ended(); }, deadline);
  if (sources_ && stop_ == ControlLoop::End::condition) {
    sources_->release_offsets();
    wait_for([] { return std::string("modules to keep where their sources ended"); },
             [this] { return sources_->are_offsets_released(); }, deadline);
  }
  if (stop_ != ControlLoop::End::condition) force_stop(late_step_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  if (producer_) {
    const auto flushed = producer_->flush(std::max(left, flush_timeout_min));
    if (!flushed) force_stop(flushed.error().message);
  }
  return end_parts(std::max(left, end_timeout_min));
}

// Waits for a step of the stop, unless an earlier one did not end. Where it takes more than a moment, the log
// says what for.
void Host::wait_for(const std::function<std::string()>& what, const std::function<bool()>& is_over,
                    steady_clock::time_point deadline) {
  if (stop_ != ControlLoop::End::condition) return;
  const auto look = [&] {
    look_around();
    return is_over();
  };
  stop_ = control_.run_until(look, std::min(deadline, steady_clock::now() + stop_step_quiet));
  if (stop_ == ControlLoop::End::deadline && steady_clock::now() < deadline) {
    spdlog::info("stopping: waiting for {}", what());
    stop_ = control_.run_until(look, deadline);
  }
  if (stop_ != ControlLoop::End::condition) late_step_ = what();
}

// A lane may be inside a turn that never ends, so nothing can be joined any more.
void Host::force_stop(const std::string& late_step) const {
  spdlog::error(
      "the stop is forced ({}), still waiting for {}: what has not finished is read again after the restart",
      stop_ == ControlLoop::End::signal ? "second signal" : "the grace period is over", late_step);
  for (const auto& type : types_.all()) {
    for (const std::string& id : running_entities(*type))
      spdlog::error("the turn of entity {} of type {} has not ended", id, type->type->name);
  }
  spdlog::shutdown();
  std::_Exit(command::exit_failed);
}

// All is finished and committed. What is left are ends of threads and handles, the reverse of the start; what
// is not named here ends with this object.
int Host::end_parts(std::chrono::milliseconds timeout) {
  guard_.emplace(timeout, [](const std::string& step) {
    spdlog::error("the stop is forced: {} does not end; all that was taken is finished and committed", step);
    spdlog::shutdown();
    std::_Exit(command::exit_failed);
  });
  const int code = exit_code_of_cluster();
  const auto end = [this](const char* name, auto& part) {
    guard_->enter(name);
    part.reset();
  };
  end("the management port", server_);
  guard_->enter("a lane's thread");
  lanes_->join();
  guard_->enter("a thread of a type that may block");
  for (const auto& type : types_.all()) {
    if (type->pool) type->pool->join();
  }
  end("what the management port may ask", host_control_);
  end("the cluster's threads", cluster_);
  end("the producer's handle", producer_);
  end("the sources' handle, or a module that keeps offsets", sources_);
  end("the journal's topics", kafka_logs_);
  end("the lanes", lanes_);
  end("the state store", stores_);
  guard_->enter("a loaded module");
  spdlog::info("stopped");
  return code;
}

// The others hear that this host goes, so that they need not find out.
void Host::leave(steady_clock::time_point deadline) {
  if (!cluster_ || has_left()) return;
  spdlog::info("stopping: this host leaves the cluster");
  cluster_->leave();
  const auto left = [this] {
    look_around();
    return has_left();
  };
  const auto now = steady_clock::now();
  stop_ = control_.run_until(left, now + (deadline - now) / 2);
  if (stop_ == ControlLoop::End::signal) late_step_ = "the cluster to let it go";
  if (stop_ != ControlLoop::End::deadline) return;
  spdlog::warn("stopping: the cluster does not let this host go in time, it will call it unreachable");
  stop_ = ControlLoop::End::condition;
}

int Host::exit_code_of_cluster() const {
  if (!has_left()) return command::exit_ok;
  const cluster::Stop ended = *cluster_->ended();
  if (ended.reason == cluster::StopReason::left) return command::exit_ok;
  spdlog::error("this host is no member: {}{}{}", cluster::name_of(ended.reason),
                ended.text.empty() ? "" : ": ", ended.text);
  return ended.reason == cluster::StopReason::join_refused ? command::exit_bad_config : command::exit_failed;
}

}  // namespace

int run(config::Loaded loaded, const ReadAgain& read_again) {
  Host host(std::move(loaded), read_again);
  if (const auto started = host.start(); !started) {
    spdlog::error("{}", started.error().message);
    spdlog::shutdown();
    // Threads of the parts that did start must not be waited for.
    std::_Exit(command::exit_code_of(started.error().code));
  }
  return host.wait();
}

}  // namespace shoal::host
