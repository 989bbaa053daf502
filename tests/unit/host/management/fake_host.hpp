#pragma once
// A HostApi for tests: what it answers is set by the test, what it was asked is kept.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/management/host_api.hpp"

namespace shoal::management {

// A cluster of two members that never change; what it was asked is kept.
class FakeCluster : public ClusterApi {
 public:
  FakeCluster() {
    ClusterMember first{"10.0.0.1:25520", "first", 11, "Up", {"backend"}, true, {}};
    ClusterMember second{"10.0.0.2:25520", "second", UINT64_MAX, "Leaving", {}, false, {"10.0.0.1:25520"}};
    second.load = MemberLoad{12.5, 40, 1'048'576, 64, 7};
    shown.cluster = "test";
    shown.self = first;
    shown.members = {first, second};
    shown.leader = shown.oldest = first.address;
    shown.oldest_per_role = {{"backend", first.address}};
    page.events = {{3, 1'700'000'000'000, "MemberUp", first, ""},
                   {4, 1'700'000'000'001, "MemberRemoved", second, "Exiting"},
                   {5, 1'700'000'000'002, "LeaderChanged", {}, ""}};
    page.last = 5;
    page.missed = 2;
    explanation.node = "second";
    explanation.member = second;
    explanation.phi = 12.5;
    explanation.events = {page.events[1]};
    explanation.decisions = {{1'700'000'000'003,
                              "keep-majority",
                              false,
                              "down-unreachable",
                              {first, second},
                              {second.address},
                              {}}};
  }

  std::shared_ptr<const ClusterView> view() override { return std::make_shared<const ClusterView>(shown); }
  ClusterEventPage events(std::optional<std::uint64_t> after, std::size_t limit) override {
    events_after = after;
    events_limit = limit;
    if (is_quiet) return {{}, *after, 0};
    if (!is_followed) return page;
    // One event at a time, then an end.
    ClusterEventPage next;
    next.last = *after + 1;
    next.missed = next.last > page.events.size() ? 1 : 0;
    if (next.missed == 0) next.events = {page.events[*after]};
    return next;
  }
  ClusterEventPage initial_events() override { return {{page.events[0]}, 1, 0}; }
  void change_member(std::string node, MemberOperation operation, Callback<ClusterMember> done) override {
    changed_node = std::move(node);
    changed_to = operation;
    if (!result) return done(result.error());
    done(shown.members[1]);
  }
  void join(std::string address, Callback<void> done) override {
    joined = std::move(address);
    done(result);
  }
  void explain(std::string node, Callback<MemberExplanation> done) override {
    explained = std::move(node);
    if (!result) return done(result.error());
    done(explanation);
  }

  ClusterView shown;
  ClusterEventPage page;
  MemberExplanation explanation;
  Result<void> result = success();
  bool is_followed = false;
  bool is_quiet = false;  // nothing happens
  std::optional<std::uint64_t> events_after;
  std::size_t events_limit = 0;
  std::string changed_node;
  MemberOperation changed_to = MemberOperation::down;
  std::string joined;
  std::string explained;
};

class FakeHost : public HostApi {
 public:
  ClusterApi* cluster() override { return is_alone ? nullptr : &fake_cluster; }
  std::vector<Check> readiness() override { return checks; }
  Status status() override { return status_value; }
  std::vector<ModuleInfo> modules() override { return module_list; }

  void load_module(std::string path, Callback<ModuleInfo> done) override {
    loaded_path = std::move(path);
    done(load_result);
  }

  // Answers at once, or keeps the callback for `wait_for_ask` where `keeps_asks` is set.
  void ask(EntityMessage message, Callback<Reply> done) override {
    const std::lock_guard lock(mutex_);
    asked.push_back(std::move(message));
    if (keeps_asks) {
      kept_asks_.push_back(std::move(done));
      changed_.notify_all();
    } else if (!drops_asks) {
      done(ask_result);
    }
  }

  void tell(EntityMessage message, Callback<void> done) override {
    told.push_back(std::move(message));
    done(tell_result);
  }

  void list_entities(std::string type, std::size_t limit, Callback<std::vector<std::string>> done) override {
    listed_type = std::move(type);
    listed_limit = limit;
    done(list_result);
  }

  void describe_entity(std::string type, std::string id, Callback<std::string> done) override {
    described_type = std::move(type);
    described_id = std::move(id);
    done(describe_result);
  }

  void entity_history(std::string type, std::string id, HistoryQuery query,
                      Callback<EntityHistory> done) override {
    history_type = std::move(type);
    history_id = std::move(id);
    history_queries.push_back(query);
    if (!history_result) return done(history_result.error());
    EntityHistory history;
    history.records = [records = history_result.value()] { return records; };
    history.next = std::exchange(history_next, std::nullopt);
    done(std::move(history));
  }

  void list_parked(std::string type, std::size_t limit, Callback<std::vector<ParkedEntity>> done) override {
    listed_type = std::move(type);
    listed_limit = limit;
    done(parked_result);
  }

  void unpark_entity(std::string type, std::string id, Callback<void> done) override {
    unparked_type = std::move(type);
    unparked_id = std::move(id);
    done(unpark_result);
  }

  DeadLetterPage dead_letters(std::optional<std::uint64_t> after, std::size_t limit) override {
    dead_letters_after = after;
    dead_letters_limit = limit;
    return std::exchange(dead_letter_page, DeadLetterPage{{}, dead_letter_page.last, 0});
  }

  void change_type(std::string type, TypeChange change, Callback<TypeChange> done) override {
    changed_type = std::move(type);
    if (!change_result) return done(change_result.error());
    done(change);
  }

  // The callbacks of `count` asks, once so many have come. Empty where they did not come in time.
  std::vector<Callback<Reply>> wait_for_asks(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return kept_asks_.size() >= count; });
    return came ? std::exchange(kept_asks_, {}) : std::vector<Callback<Reply>>{};
  }

  FakeCluster fake_cluster;
  bool is_alone = false;
  std::vector<Check> checks{{"broker", true, ""}};
  Status status_value;
  std::vector<ModuleInfo> module_list;
  Result<ModuleInfo> load_result = ModuleInfo{};
  Result<Reply> ask_result = Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "{\"flights\":3}", ""};
  Result<void> tell_result = success();
  Result<std::vector<std::string>> list_result = std::vector<std::string>{};
  Result<std::string> describe_result = std::string("{}");
  Result<std::vector<std::string>> history_result = std::vector<std::string>{};
  std::optional<std::uint64_t> history_next;  // of the next answer
  Result<std::vector<ParkedEntity>> parked_result = std::vector<ParkedEntity>{};
  Result<void> unpark_result = success();
  Result<void> change_result = success();
  bool keeps_asks = false;
  bool drops_asks = false;

  std::string loaded_path;
  std::vector<EntityMessage> asked;
  std::vector<EntityMessage> told;
  std::string listed_type;
  std::size_t listed_limit = 0;
  std::string described_type;
  std::string described_id;
  std::string history_type;
  std::string history_id;
  std::vector<HistoryQuery> history_queries;
  std::string unparked_type;
  std::string unparked_id;
  std::string changed_type;
  std::optional<std::uint64_t> dead_letters_after;
  std::size_t dead_letters_limit = 0;
  DeadLetterPage dead_letter_page;  // given once

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Callback<Reply>> kept_asks_;
};

}  // namespace shoal::management
