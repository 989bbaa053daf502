// A management server whose host answers as the request says, for tests in other languages. Writes its port
// as a line to stdout and ends when stdin does.
//
// A message, a type or a module's path named `fail-CODE` gets the error of that name, a message
// `reply-NUMBER` the reply with that status; everything else succeeds.

#include <algorithm>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "host/management/server.hpp"

namespace shoal::management {
namespace {

const std::map<std::string, ErrorCode> codes = {
    {"fail-failed", ErrorCode::failed},
    {"fail-invalid_argument", ErrorCode::invalid_argument},
    {"fail-bad_config", ErrorCode::bad_config},
    {"fail-not_found", ErrorCode::not_found},
    {"fail-already_exists", ErrorCode::already_exists},
    {"fail-unavailable", ErrorCode::unavailable},
    {"fail-overloaded", ErrorCode::overloaded},
    {"fail-deadline", ErrorCode::deadline},
    {"fail-refused", ErrorCode::refused},
    {"fail-unreachable", ErrorCode::unreachable},
};

template <class T>
Result<T> answer_to(const std::string& name, T value) {
  const auto found = codes.find(name);
  if (found == codes.end()) return value;
  return error(found->second, "as the test asked for");
}

ModuleInfo a_module(const std::string& path) {
  return {"aircraft", "1.0", "g++ 12", std::string(64, 'a'), path, 3, {"aircraft"}};
}

// More has happened at each look.
Status a_status(std::uint64_t looks) {
  Status status;
  status.node = "host-1";
  status.version = "0.1.0";
  status.reasons = {"source flights: no broker answers"};
  SourceStatus source;
  source.name = "flights";
  source.type = "aircraft";
  source.topics = {"flights"};
  source.state = "waiting";
  source.reason = "no broker answers";
  source.partitions = {{"flights", 0, {}, {}, {}, {}}, {"flights", 1, 1, 2, 3, 2}};
  status.sources = {source, source};
  status.sources[1].state = "running";
  status.sources[1].reason = "";
  status.sources[1].lag = 2;
  status.sources[0].in_total = status.sources[0].done_total = 1'000 * looks;
  status.sinks.push_back({"alerts", "out", 5, 3, 1, 1, 90});
  status.types.push_back({"aircraft", "flying", 2, 8, 12, 3});
  const StuckTurn stuck{"invoice", "a b", 3, "invoices", "1.0", 7};
  status.types.push_back({"invoice", "invoices", 3, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          BlockingStatus{16, 2, 700, 9, 4'096, 61.5, {stuck}}});
  status.lanes.push_back({0, 30, 20, 4, 512, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}});
  status.lanes.push_back({1, 30, 20, 4, 512, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7.5,
                          StuckTurn{"aircraft", "a b", 3, "flying", "1.0", 7}});
  status.message_dead_letters = {{"deadline", 3}};
  status.record_dead_letters = {{"undecodable", 2}};
  ClusterStatus cluster;
  cluster.view.cluster = "test";
  cluster.view.self = {"10.0.0.1:25520", "host-1", 7, "Up", {}, true, {}};
  cluster.view.members = {cluster.view.self};
  cluster.channels = {{"membership", 10, 20, 100, 200 * looks}};
  cluster.dropped = {{"stranger", 3}};
  status.cluster = cluster;
  status.last_reload = {1'700'000'000'000, true, "", {"log.level"}, {"node.lanes"}};
  return status;
}

// A member named `fail-CODE` gets the error of that name.
class ScriptedCluster : public ClusterApi {
 public:
  std::shared_ptr<const ClusterView> view() override {
    ClusterView view;
    view.cluster = "test";
    view.self = a_member("Up");
    view.members = {a_member("Up"), a_member("Leaving")};
    view.members[1].address = "N1";
    view.members[1].is_reachable = false;
    view.members[1].accusers = {view.self.address};
    view.leader = view.oldest = view.self.address;
    view.oldest_per_role = {{"backend", view.self.address}};
    return std::make_shared<const ClusterView>(view);
  }
  ClusterEventPage events(std::optional<std::uint64_t> after, std::size_t) override {
    const std::uint64_t missed = after && *after > 0 ? 1 : 0;
    return {{{1, 2, "MemberUp", a_member("Up"), ""}, {2, 2, "LeaderChanged", {}, ""}}, 2, missed};
  }
  ClusterEventPage initial_events() override {
    return {{{1, 2, "MemberUp", a_member("Up"), ""}, {1, 2, "LeaderChanged", {}, ""}}, 1, 0};
  }
  void change_member(std::string node, MemberOperation, Callback<ClusterMember> done) override {
    done(answer_to(node, a_member("Up")));
  }
  void join(std::string address, Callback<void> done) override {
    is_gone = address == "go-alone";
    const auto found = codes.find(address);
    if (found == codes.end()) return done(success());
    done(error(found->second, "as the test asked for"));
  }
  void explain(std::string node, Callback<MemberExplanation> done) override {
    MemberExplanation explanation;
    explanation.node = node;
    explanation.member = a_member("Up");
    explanation.events = events({}, 2).events;
    explanation.decisions = {
        {1, "keep-majority", false, "down-unreachable", {a_member("Up")}, {"N1"}, {"N2"}}};
    done(answer_to(node, explanation));
  }

  bool is_gone = false;

 private:
  static ClusterMember a_member(const std::string& status) {
    return {"10.0.0.1:25520", "m", 7, status, {"backend"}, true, {}};
  }
};

class ScriptedHost : public HostApi {
 public:
  // None at the look after `go-alone` was joined.
  ClusterApi* cluster() override { return std::exchange(cluster_.is_gone, false) ? nullptr : &cluster_; }
  // Ready at every second look.
  std::vector<Check> readiness() override {
    is_ready_ = !is_ready_;
    return {{"modules", true, ""}, {"lanes", is_ready_, is_ready_ ? "" : "the host is shutting down"}};
  }
  Status status() override { return a_status(++looks_); }
  std::vector<ModuleInfo> modules() override { return {a_module("/m/a.so")}; }
  void load_module(std::string path, Callback<ModuleInfo> done) override {
    done(answer_to(path, a_module(path)));
  }
  void ask(EntityMessage message, Callback<Reply> done) override {
    Reply reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "{\"flights\":3}", ""};
    if (message.message.starts_with("reply-")) {
      reply.status = static_cast<shoal_status>(std::stoul(message.message.substr(6)));
    }
    done(answer_to(message.message, reply));
  }
  void tell(EntityMessage message, Callback<void> done) override {
    const auto found = codes.find(message.message);
    if (found == codes.end()) return done(success());
    done(error(found->second, "as the test asked for"));
  }
  void list_entities(std::string type, std::size_t limit, Callback<std::vector<std::string>> done) override {
    std::vector<std::string> ids{"N1", "a b", "\xff"};
    ids.resize(std::min(ids.size(), limit));
    done(answer_to(type, ids));
  }
  void describe_entity(std::string type, std::string, Callback<std::string> done) override {
    done(answer_to(type, std::string("{\"flights\": 3}")));
  }

  void entity_history(std::string type, std::string, HistoryQuery query,
                      Callback<EntityHistory> done) override {
    EntityHistory history;
    history.records = [] {
      return std::vector<std::string>{
          R"({"shard": 3, "epoch": 1, "sequence": 8, "kind": "snapshot", "module_version": "1.0.0",
              "revision": 7, "state_version": 1, "state": {"base64": "/w=="}})",
          R"({"shard": 3, "epoch": 2, "sequence": 9, "kind": "turn", "time_ms": 5, "revision": 8,
              "module_version": "1.0.0", "events": [{"event": 0, "version": 1, "bytes": "e"}],
              "sources": [{"topic": "t", "partition": 3, "offset": 4, "finished_below": 4,
                           "timestamp_ms": 5}],
              "emits": [{"sink": "s", "key": null, "value": "v"}],
              "reminders": [{"name": "r", "due_ms": 6, "payload": ""}]})",
          R"({"shard": 3, "epoch": 2, "sequence": 12, "kind": "state", "time_ms": 5,
              "module_version": "1.0.0", "revision": 9, "state_version": 1, "state": "s",
              "batch_sources": [{"source": 7, "partition": 3, "first": 4, "last": 6}],
              "reminders": [{"name": "r", "cancelled": true}]})"};
    };
    if (query.limit == 1) history.next = 9;
    done(answer_to(type, history));
  }

  void list_parked(std::string type, std::size_t limit, Callback<std::vector<ParkedEntity>> done) override {
    std::vector<ParkedEntity> parked{{"N1", 1'384'000'000'250, 3, "told so"}, {"a b", 0, 1, "\xff"}};
    parked.resize(std::min(parked.size(), limit));
    done(answer_to(type, parked));
  }
  DeadLetterPage dead_letters(std::optional<std::uint64_t>, std::size_t) override {
    DeadLetter record{1, 2, "record", "key_missing", "\xff", "aircraft", "", "flight", 12, {}, {}};
    record.position = {"flights", 3, 4};
    DeadLetter ask{2, 2, "ask", "parked", "told so", "aircraft", "a b", "summary", 0, {}, {}};
    ask.sender = {"aircraft", "N1"};
    return {{record, ask}, 2, 0};
  }
  void change_type(std::string type, TypeChange change, Callback<TypeChange> done) override {
    done(answer_to(type, change));
  }
  void unpark_entity(std::string type, std::string, Callback<void> done) override {
    const auto found = codes.find(type);
    if (found == codes.end()) return done(success());
    done(error(found->second, "as the test asked for"));
  }

 private:
  ScriptedCluster cluster_;
  bool is_ready_ = false;
  std::uint64_t looks_ = 0;
};

int serve() {
  ScriptedHost host;
  ServerOptions options;
  options.port = 0;
  const auto server = Server::start(options, host);
  if (!server) {
    std::cerr << server.error().message << '\n';
    return 1;
  }
  std::cout << server.value().port() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  return 0;
}

}  // namespace
}  // namespace shoal::management

int main() { return shoal::management::serve(); }
