#include "host/host_control.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>

#include "host/blocking_status.hpp"
#include "host/cluster_settings.hpp"
#include "host/config/secrets.hpp"
#include "host/entity_history.hpp"
#include "host/kafka/partitioner.hpp"
#include "host/management/body_codec.hpp"
#include "host/parked_entities.hpp"
#include "host/process_status.hpp"
#include "host/shard_logs.hpp"
#include "host/type_policies.hpp"
#include "host/version.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::host {

namespace {

management::ModuleInfo to_management(const modules::ModuleInfo& info) {
  return {info.id,   info.version, info.built_with, info.sha256, info.path.string(), info.generation.value,
          info.types};
}

std::int64_t unix_time_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// Ids gathered from all lanes; the last one to answer calls `done`.
struct Gathering {
  Gathering(std::size_t lanes, management::Callback<std::vector<std::string>> callback)
      : outstanding(lanes), ids(lanes), done(std::move(callback)) {}

  std::atomic<std::size_t> outstanding;
  std::vector<std::vector<std::string>> ids;  // by lane
  management::Callback<std::vector<std::string>> done;
};

}  // namespace

Result<management::ModuleInfo> HostControl::load(const config::Module& module) {
  SHOAL_TRY(generation, options_.registry->load(module.path, module.config,
                                                [this](std::string_view type) { return type_config(type); }));
  spdlog::info("module {} {} is loaded as generation {} from {}", generation->id(), generation->version(),
               generation->number().value, module.path.string());
  if (const auto provider = check_provider(*generation); !provider)
    spdlog::warn("{}", provider.error().message);
  for (const auto& type : options_.registry->types_of(*generation)) {
    SHOAL_TRYV(type_policy(*options_.config, *type));
  }
  if (options_.sources != nullptr) options_.sources->module_loaded(generation);
  for (const auto& type : options_.registry->types_of(*generation)) {
    if (options_.sources != nullptr) options_.sources->type_loaded(type);
    if (options_.sources != nullptr && options_.sources->feeds(type->name)) continue;
    const std::uint32_t shard_count = shards_without_source(*options_.config, type->name);
    options_.types->add(options_.lanes->open_type(type, shard_count));
  }
  refresh_modules();
  const std::lock_guard lock(mutex_);
  failed_modules_.erase(module.path.string());
  return *std::find_if(modules_.begin(), modules_.end(),
                       [&](const auto& info) { return info.generation == generation->number().value; });
}

void HostControl::load_configured(const std::vector<config::Module>& modules) {
  for (const config::Module& module : modules) {
    const auto loaded = load(module);
    if (loaded) continue;
    spdlog::error("{}", loaded.error().message);
    const std::lock_guard lock(mutex_);
    failed_modules_[module.path.string()] = loaded.error().message;
  }
}

void HostControl::reload_applied(const config::Reload& reload) {
  const std::lock_guard lock(mutex_);
  last_reload_ = {unix_time_ms(), true, "", reload.changed, reload.needs_restart};
}

void HostControl::reload_refused(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  last_reload_ = {unix_time_ms(), false, config::mask_urls(reason), {}, {}};
}

void HostControl::shut_down() {
  const std::lock_guard lock(mutex_);
  shutting_down_ = true;
}

config::ModuleTable HostControl::type_config(std::string_view type) const {
  for (const config::EntityType& configured : options_.config->types) {
    if (configured.name == type) return configured.config;
  }
  return {};
}

// types.NAME.module says who must provide a type: somebody else does.
Result<void> HostControl::check_provider(const modules::Generation& generation) const {
  for (const auto& type : options_.registry->types_of(generation)) {
    for (const config::EntityType& configured : options_.config->types) {
      if (configured.name != type->name || configured.module.empty() || configured.module == generation.id())
        continue;
      return error(ErrorCode::bad_config, "types." + type->name + ".module is " + configured.module +
                                              ", but module " + generation.id() + " provides the type");
    }
  }
  return success();
}

void HostControl::refresh_modules() {
  std::vector<management::ModuleInfo> listed;
  for (const modules::ModuleInfo& info : options_.registry->list()) listed.push_back(to_management(info));
  const std::lock_guard lock(mutex_);
  modules_ = std::move(listed);
}

std::vector<management::Check> HostControl::readiness() {
  std::vector<management::Check> checks;
  {
    const std::lock_guard lock(mutex_);
    std::string reason;
    for (const auto& [path, why] : failed_modules_) reason += (reason.empty() ? "" : "; ") + why;
    checks.push_back({"modules", reason.empty(), reason});
    const std::string trouble = shutting_down_ ? "the host is shutting down" : lane_trouble();
    checks.push_back({"lanes", trouble.empty(), trouble});
  }
  if (has_durable_types(*options_.config)) {
    const std::string trouble = journal_trouble(
        *options_.lanes, options_.kafka_logs == nullptr ? "" : options_.kafka_logs->trouble());
    checks.push_back({"journal", trouble.empty(), trouble});
  }
  if (cluster_ != nullptr) {
    const std::string trouble = cluster_trouble();
    checks.push_back({"cluster", trouble.empty(), trouble});
  }
  if (options_.sources != nullptr) {
    for (management::Check& check : options_.sources->checks()) checks.push_back(std::move(check));
  }
  return checks;
}

// Empty where this host is a member that others count on.
std::string HostControl::cluster_trouble() const {
  const auto view = cluster_->view();
  if (view->is_up()) return "";
  if (view->self.status != "Joining")
    return "this host is on its way out of the cluster: " + view->self.status;
  const auto& seeds = options_.config->cluster.seeds;
  if (!view->members.empty()) return "this host is joining: its members have to agree on that";
  if (seeds.empty()) return "this host is no member yet: 'shoal cluster join HOST:PORT' makes it one";
  std::string asked;
  for (const std::string& seed : seeds) asked += (asked.empty() ? "" : ", ") + seed;
  return "this host is no member yet: it asks " + asked + "; one of them must run and be reachable";
}

management::Status HostControl::status() {
  management::Status status;
  status.node = options_.config->node.name;
  status.version = version;
  status.ready = true;
  for (const management::Check& check : readiness()) {
    if (check.ok) continue;
    status.ready = false;
    status.reasons.push_back(check.name + ": " + check.reason);
  }
  for (const auto& type : options_.types->all()) {
    const modules::Generation& generation = *type->type->generation;
    management::TypeStatus one;
    one.name = type->type->name;
    one.module = generation.id();
    one.generation = generation.number().value;
    one.shards = type->shard_count;
    one.entities = type->sum(&lanes::TypeCounters::entities);
    one.parked = type->sum(&lanes::TypeCounters::parked);
    one.kept_bytes = type->sum(&lanes::TypeCounters::kept_bytes);
    one.stop_timeouts_total = type->sum(&lanes::TypeCounters::stop_timeouts);
    one.remembered = type->sum(&lanes::TypeCounters::remembered);
    one.remembered_to_start = type->sum(&lanes::TypeCounters::to_start);
    one.reminders = type->sum(&lanes::TypeCounters::reminders);
    one.reminders_run_total = type->sum(&lanes::TypeCounters::reminders_run);
    one.shed_total = options_.shedder->shed_total(type->index);
    one.active_entities_max = type->active_max->load(std::memory_order_relaxed);
    one.blocking = blocking_status(*type);
    status.entities += one.entities;
    status.types.push_back(std::move(one));
  }
  if (options_.sources != nullptr) status.sources = options_.sources->status();
  status.sinks = sink_status();
  status.record_latency = latency();
  status.lanes = lane_status();
  status.message_dead_letters = count_reasons(&lanes::LaneCounters::message_dead_letters_by_reason);
  status.record_dead_letters = count_reasons(&lanes::LaneCounters::record_dead_letters_by_reason);
  status.process = read_process_status();
  status.memory = options_.shedder->status();
  if (options_.stores != nullptr) status.state_store = options_.stores->status(*options_.lanes);
  if (cluster_ != nullptr) status.cluster = cluster_->status();
  const std::lock_guard lock(mutex_);
  status.last_reload = last_reload_;
  return status;
}

// Empty where every lane and every type goes on.
std::string HostControl::lane_trouble() const {
  std::string text;
  for (std::uint32_t index = 0; index < options_.lanes->count(); ++index) {
    const auto turn = options_.watchdog->state(LaneIndex{index}, TurnWatchdog::Clock::now());
    if (turn.stuck) text += (text.empty() ? "" : "; ") + text_of(LaneIndex{index}, turn);
  }
  for (const auto& type : options_.types->all()) {
    const std::string trouble = blocking_trouble(*type);
    if (!trouble.empty()) text += (text.empty() ? "" : "; ") + trouble;
  }
  return text;
}

std::vector<management::ModuleInfo> HostControl::modules() {
  const std::lock_guard lock(mutex_);
  return modules_;
}

management::DeadLetterPage HostControl::dead_letters(std::optional<std::uint64_t> after, std::size_t limit) {
  lanes::DeadLetterLog::Page page = options_.dead_letters->read(after, limit);
  management::DeadLetterPage shown{{}, page.last, page.missed};
  for (lanes::DeadLetterEntry& entry : page.entries) {
    management::DeadLetter letter;
    letter.number = entry.number;
    letter.time_ms = entry.time_ms;
    letter.kind = lanes::name_of(entry.kind);
    letter.reason = lanes::name_of(entry.reason);
    letter.detail = std::move(entry.detail);
    letter.type = std::move(entry.type);
    letter.id = std::move(entry.id);
    letter.message = std::move(entry.message);
    letter.body_bytes = entry.body_bytes;
    if (entry.sender) letter.sender = {entry.sender->type, entry.sender->id};
    if (entry.position)
      letter.position = {entry.position->topic, entry.position->partition, entry.position->offset};
    shown.dead_letters.push_back(std::move(letter));
  }
  return shown;
}

Result<void> HostControl::check_directory(const std::string& path) const {
  std::error_code failed;
  const std::filesystem::path file = std::filesystem::canonical(path, failed);
  if (failed) return error(ErrorCode::not_found, "module file " + path + ": " + failed.message());
  for (const std::filesystem::path& directory : options_.config->node.module_directories) {
    const std::filesystem::path allowed = std::filesystem::canonical(directory, failed);
    if (failed) continue;
    const auto [end, unused] = std::mismatch(allowed.begin(), allowed.end(), file.begin(), file.end());
    if (end == allowed.end()) return success();
  }
  return error(ErrorCode::refused,
               "module file " + file.string() +
                   " is in no directory of node.module_directories: add its directory there");
}

void HostControl::load_module(std::string path, management::Callback<management::ModuleInfo> done) {
  const bool taken = options_.control->put([this, path, done] {
    if (const auto allowed = check_directory(path); !allowed) return done(allowed.error());
    std::error_code ignored;
    const std::filesystem::path file = std::filesystem::canonical(path, ignored);
    for (const config::Module& configured : options_.config->modules) {
      std::error_code other;
      if (std::filesystem::canonical(configured.path, other) == file) return done(load(configured));
    }
    done(load({file, {}}));
  });
  if (!taken) done(error(ErrorCode::overloaded, "too many orders wait already: try again"));
}

Result<std::shared_ptr<const OpenType>> HostControl::find_type(const std::string& name) const {
  if (auto open = options_.types->find(name)) return open;
  {
    const std::lock_guard lock(mutex_);
    for (const management::ModuleInfo& info : modules_) {
      if (std::find(info.types.begin(), info.types.end(), name) == info.types.end()) continue;
      return error(ErrorCode::unavailable,
                   "type " + name + " waits for the partition count of its source's topic: see /readyz");
    }
  }
  return error(ErrorCode::not_found,
               "no loaded module has a type '" + name + "': load the module that has it");
}

Result<HostControl::Addressed> HostControl::address(const std::string& type, const std::string& id) const {
  SHOAL_TRY(open, find_type(type));
  if (id.empty() || id.size() > SHOAL_ENTITY_ID_BYTES_MAX) {
    return error(ErrorCode::invalid_argument,
                 "an entity id has 1 to 1024 bytes, this one has " + std::to_string(id.size()));
  }
  const ShardId shard{kafka::partition_of(to_bytes(id), open->shard_count)};
  return Addressed{std::move(open), shard};
}

Result<lanes::Message> HostControl::make_message(const management::EntityMessage& message) const {
  {
    const std::lock_guard lock(mutex_);
    if (shutting_down_) return error(ErrorCode::unavailable, "the host is shutting down");
  }
  SHOAL_TRY(addressed, address(message.type, message.id));
  const modules::EntityType& type = *addressed.type->type;
  const auto message_index = type.find_message(message.message);
  if (!message_index) {
    return error(ErrorCode::not_found, "type " + message.type + " has no message '" + message.message + "'");
  }
  SHOAL_TRY(body, management::transcode(message.body, type.message(*message_index).codec));
  lanes::Message made;
  made.type = addressed.type->index;
  made.shard = addressed.shard;
  made.id = message.id;
  made.message_index = *message_index;
  made.body = std::move(body);
  made.traceparent = message.traceparent;
  return made;
}

void HostControl::ask(management::EntityMessage message, management::Callback<management::Reply> done) {
  auto made = make_message(message);
  if (!made) return done(made.error());
  const bool is_durable = durability_of(*options_.config, message.type) != "none";
  if (message.receipt == "persisted" && !is_durable) {
    return done(management::Reply{SHOAL_STATUS_UNSUPPORTED, SHOAL_CODEC_JSON, "",
                                  "no receipt says \"persisted\": the durability of type " + message.type +
                                      " is none, ask for \"processed\""});
  }
  lanes::Message& asked = made.value();
  if (!message.receipt.empty()) {
    asked.receipt = message.receipt == "accepted" ? lanes::Receipt::accepted : lanes::Receipt::processed;
  }
  asked.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(message.timeout_ms);
  asked.on_reply = [done](Result<lanes::Reply> reply) {
    if (!reply) return done(reply.error());
    lanes::Reply& turn = reply.value();
    if (turn.status == SHOAL_STATUS_OK)
      return done(management::Reply{turn.status, turn.codec, turn.body, ""});
    done(management::Reply{turn.status, turn.codec, "", turn.body});
  };
  if (!options_.lanes->put(asked))
    done(error(ErrorCode::overloaded, "the entity's lane has no room: try again later"));
}

void HostControl::tell(management::EntityMessage message, management::Callback<void> done) {
  auto made = make_message(message);
  if (!made) return done(made.error());
  if (!options_.lanes->put(made.value())) {
    return done(error(ErrorCode::overloaded, "the entity's lane has no room: try again later"));
  }
  done(success());
}

void HostControl::list_entities(std::string type, std::size_t limit,
                                management::Callback<std::vector<std::string>> done) {
  const auto open = find_type(type);
  if (!open) return done(open.error());
  auto gathering = std::make_shared<Gathering>(options_.lanes->count(), std::move(done));
  for (std::uint32_t index = 0; index < options_.lanes->count(); ++index) {
    options_.lanes->lane(LaneIndex{index})
        .put([gathering, limit, index, number = open.value()->index](lanes::Lane& lane) {
          std::vector<std::string>& ids = gathering->ids[index];
          lane.for_each_shard(number, [&](lanes::Shard& shard) { shard.list(limit, ids); });
          if (gathering->outstanding.fetch_sub(1) > 1) return;
          std::vector<std::string> all;
          for (const auto& of_lane : gathering->ids) all.insert(all.end(), of_lane.begin(), of_lane.end());
          all.resize(std::min(all.size(), limit));
          gathering->done(std::move(all));
        });
  }
}

void HostControl::describe_entity(std::string type, std::string id, management::Callback<std::string> done) {
  const auto addressed = address(type, id);
  if (!addressed) return done(addressed.error());
  const Addressed& to = addressed.value();
  options_.lanes->lane(options_.lanes->lane_of(to.shard))
      .put([index = to.type->index, shard = to.shard, id = std::move(id), done](lanes::Lane& lane) {
        lane.find_shard(index, shard)->describe(id, done);
      });
}

void HostControl::entity_history(std::string type, std::string id, management::HistoryQuery query,
                                 management::Callback<management::EntityHistory> done) {
  const auto addressed = address(type, id);
  if (!addressed) return done(addressed.error());
  const Addressed& to = addressed.value();
  read_history(*options_.config, *options_.lanes, *to.type, to.shard, std::move(id), query, done);
}

void HostControl::list_parked(std::string type, std::size_t limit,
                              management::Callback<std::vector<management::ParkedEntity>> done) {
  const auto open = find_type(type);
  if (!open) return done(open.error());
  host::list_parked(*options_.lanes, *open.value(), limit, std::move(done));
}

void HostControl::unpark_entity(std::string type, std::string id, management::Callback<void> done) {
  const auto addressed = address(type, id);
  if (!addressed) return done(addressed.error());
  const Addressed& to = addressed.value();
  host::unpark_entity(*options_.lanes, *to.type, to.shard, std::move(id), done);
}

void HostControl::change_type(std::string type, management::TypeChange change,
                              management::Callback<management::TypeChange> done) {
  const auto open = find_type(type);
  if (!open) return done(open.error());
  open.value()->active_max->store(change.active_entities_max, std::memory_order_relaxed);
  spdlog::info(
      "type {}: active_entities_max is {} from now on, until the host starts again", type,
      change.active_entities_max == 0 ? "without a limit" : std::to_string(change.active_entities_max));
  done(change);
}

}  // namespace shoal::host
