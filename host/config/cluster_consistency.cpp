#include "host/config/cluster_consistency.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "host/config/cluster_values.hpp"

namespace shoal::config {
namespace {

class Checker {
 public:
  Checker(const Cluster& cluster, std::vector<Problem>& problems) : cluster_(cluster), problems_(problems) {}

  void check() {
    check_keys();
    if (cluster_.is_on()) check_addresses();
    check_downing();
  }

 private:
  void report(const std::string& text) { problems_.push_back({Origin{}, text}); }

  void check_keys() {
    if (cluster_.key_file.empty() == cluster_.allow_list.empty()) return;
    const bool has_key = !cluster_.key_file.empty();
    report(std::string("cluster.") + (has_key ? "key_file" : "allow_list") + " needs cluster." +
           (has_key ? "allow_list, the keys that are let in" : "key_file, this host's own key") +
           ": set both ('shoal key' makes the files), or none");
  }

  void check_addresses() {
    const std::set<std::string> seeds(cluster_.seeds.begin(), cluster_.seeds.end());
    if (seeds.size() != cluster_.seeds.size()) report("cluster.seeds names an address twice");
    const std::string bind = cluster_.bind.empty() ? std::string(default_cluster_bind) : cluster_.bind;
    const std::string host = read_host_port(bind)->host;
    if (is_wildcard(host) && cluster_.advertise.empty()) {
      report("cluster.bind is every address of this machine: set cluster.advertise to the one others reach");
    }
    if (!is_loopback(host) && cluster_.key_file.empty()) {
      report("cluster.bind " + bind +
             " can be reached from other machines, and the hosts have no keys: make them with 'shoal key "
             "generate' and 'shoal key allow', and set cluster.key_file and cluster.allow_list");
    }
    const auto far = std::ranges::find_if(
        cluster_.seeds, [](const std::string& seed) { return !is_loopback(read_host_port(seed)->host); });
    if (is_loopback(host) && cluster_.advertise.empty() && far != cluster_.seeds.end()) {
      report("cluster.bind " + bind + " is reached from this machine only, and the seed " + *far +
             " is elsewhere: set cluster.bind to an address that it reaches");
    }
  }

  void check_downing() {
    const bool is_quorum = cluster_.downing == "static-quorum";
    if (is_quorum == (cluster_.downing_quorum > 0)) return;
    report(is_quorum
               ? "cluster.downing is \"static-quorum\": set cluster.downing_quorum to more than half of "
                 "the members that will be"
               : "cluster.downing_quorum is for cluster.downing = \"static-quorum\": remove one of both");
  }

  const Cluster& cluster_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_cluster(const Cluster& cluster, std::vector<Problem>& problems) {
  Checker(cluster, problems).check();
}

}  // namespace shoal::config
