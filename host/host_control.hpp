#pragma once
// HostControl: what the management port may ask of this host, joined from the parts that know it.
//
// Made and owned by the composition root; called on the management thread, answers from lanes or `control`.
// Loading a module is work of `control`; asks, tells and look-ups go to the lane that has the shard.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/cluster/cluster_node.hpp"
#include "host/config/reload.hpp"
#include "host/control_loop.hpp"
#include "host/kafka_shard_logs.hpp"
#include "host/lane_group.hpp"
#include "host/lane_stores.hpp"
#include "host/management/host_api.hpp"
#include "host/memory_shedder.hpp"
#include "host/modules/registry.hpp"
#include "host/source_controller.hpp"
#include "host/turn_watchdog.hpp"
#include "host/type_directory.hpp"

namespace shoal::host {

class HostControl : public management::HostApi {
 public:
  struct Options {
    const config::Config* config = nullptr;
    ControlLoop* control = nullptr;
    modules::Registry* registry = nullptr;  // used on `control` only
    LaneGroup* lanes = nullptr;
    TypeDirectory* types = nullptr;
    SourceController* sources = nullptr;  // null without Kafka
    const TurnWatchdog* watchdog = nullptr;
    const MemoryShedder* shedder = nullptr;
    const lanes::DeadLetterLog* dead_letters = nullptr;
    const LaneStores* stores = nullptr;          // null where states stay in memory
    const KafkaShardLogs* kafka_logs = nullptr;  // null: the journal is not in Kafka
  };

  explicit HostControl(Options options) : options_(options) {}

  // Loads a module and opens its types, or leaves them to their sources. A module of the configuration that
  // cannot be loaded keeps the host from being ready. [control]
  Result<management::ModuleInfo> load(const config::Module& module);
  void load_configured(const std::vector<config::Module>& modules);

  // What came of reading the configuration again, for the status. [control]
  void reload_applied(const config::Reload& reload);
  void reload_refused(const std::string& reason);

  // The host's part in a cluster, which outlives this. Requires: nobody asks this object yet. [control]
  void take_part(node::ClusterNode& cluster) { cluster_ = &cluster; }

  // From now on the host is not ready. [control]
  void shut_down();

  std::vector<management::Check> readiness() override;
  management::ClusterApi* cluster() override { return cluster_; }
  management::Status status() override;
  std::vector<management::ModuleInfo> modules() override;
  management::DeadLetterPage dead_letters(std::optional<std::uint64_t> after, std::size_t limit) override;
  void load_module(std::string path, management::Callback<management::ModuleInfo> done) override;
  void ask(management::EntityMessage message, management::Callback<management::Reply> done) override;
  void tell(management::EntityMessage message, management::Callback<void> done) override;
  void list_entities(std::string type, std::size_t limit,
                     management::Callback<std::vector<std::string>> done) override;
  void describe_entity(std::string type, std::string id, management::Callback<std::string> done) override;
  void entity_history(std::string type, std::string id, management::HistoryQuery query,
                      management::Callback<management::EntityHistory> done) override;
  void list_parked(std::string type, std::size_t limit,
                   management::Callback<std::vector<management::ParkedEntity>> done) override;
  void unpark_entity(std::string type, std::string id, management::Callback<void> done) override;
  void change_type(std::string type, management::TypeChange change,
                   management::Callback<management::TypeChange> done) override;

 private:
  struct Addressed {
    std::shared_ptr<const OpenType> type;
    ShardId shard;
  };

  Result<void> check_directory(const std::string& path) const;
  config::ModuleTable type_config(std::string_view type) const;
  Result<void> check_provider(const modules::Generation& generation) const;
  Result<std::shared_ptr<const OpenType>> find_type(const std::string& name) const;
  Result<Addressed> address(const std::string& type, const std::string& id) const;
  Result<lanes::Message> make_message(const management::EntityMessage& message) const;
  void refresh_modules();
  std::vector<management::SinkStatus> sink_status() const;
  management::LatencyStatus latency() const;
  std::string lane_trouble() const;
  std::string cluster_trouble() const;
  std::vector<management::LaneStatus> lane_status() const;
  using CountsOfReasons = std::array<std::atomic<std::uint64_t>, lanes::dead_letter_reasons>;
  std::vector<management::ReasonCount> count_reasons(CountsOfReasons lanes::LaneCounters::*counts) const;

  Options options_;
  node::ClusterNode* cluster_ = nullptr;  // null: the host runs alone
  mutable std::mutex mutex_;
  std::vector<management::ModuleInfo> modules_;        // what the registry listed last
  std::map<std::string, std::string> failed_modules_;  // of the configuration: path and reason
  std::optional<management::ReloadStatus> last_reload_;
  bool shutting_down_ = false;
};

}  // namespace shoal::host
