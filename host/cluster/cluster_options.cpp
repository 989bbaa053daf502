#include "host/cluster/cluster_options.hpp"

#include <utility>

namespace shoal::node {

namespace {

constexpr double percent = 100;

std::unique_ptr<const cluster::DowningStrategy> strategy_of(const config::Cluster& config) {
  if (config.downing == "static-quorum") return cluster::static_quorum(config.downing_quorum);
  if (config.downing == "keep-oldest") return cluster::keep_oldest(config.downing_lone_oldest == "down");
  if (config.downing == "down-all") return cluster::down_all();
  return cluster::keep_majority();
}

cluster::MembershipConfig membership_of(const config::Cluster& config, cluster::Settings settings) {
  cluster::MembershipConfig made;
  made.join.seeds = config.seeds;
  made.join.seed_timeout_ms = config.seed_timeout_ms;
  made.join.give_up_after_ms = config.join_give_up_ms;
  made.downing.stable_after_ms = config.downing_stable_after_ms;
  made.downing.down_all_when_unstable = config.downing_unstable == "down-all";
  made.downing.down_all_when_indirectly_connected = config.downing_indirect_percent / percent;
  made.downing.role = config.downing_role;
  made.members_min.all = config.members_min;
  for (const config::RoleMembers& role : config.role_members_min) {
    made.members_min.of_role[role.role] = role.members;
  }
  made.weakly_up_after_ms = config.weakly_up_after_ms;
  made.settings = std::move(settings);
  return made;
}

}  // namespace

Result<ClusterNodeOptions> options_of(const config::Config& config, cluster::Settings settings) {
  const config::Cluster& from = config.cluster;
  ClusterNodeOptions options;
  options.cluster_name = from.name;
  options.bind = from.bind.empty() ? config::default_cluster_bind : from.bind;
  options.takes_any_port = from.bind.empty();
  options.advertise = from.advertise;
  options.name = config.node.name;
  options.roles = from.roles;
  if (!from.key_file.empty()) {
    SHOAL_TRY(own, transport::read_key_pair(from.key_file));
    options.security = transport::Security{std::move(own), from.allow_list};
  }
  options.membership = membership_of(from, std::move(settings));
  options.strategy = strategy_of(from);
  return options;
}

}  // namespace shoal::node
