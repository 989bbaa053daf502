#include "tests/sim/journal/kafka_bugs.hpp"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "journal/kafka_chain.hpp"
#include "journal/kafka_message.hpp"

namespace shoal::sim {

using namespace journal;

namespace {

class SpoiledTopics final : public KafkaTopics, private KafkaEvents {
 public:
  SpoiledTopics(std::unique_ptr<KafkaTopics> client, KafkaBug bug, OwnerId owner)
      : client_(std::move(client)), bug_(bug), owner_(owner) {}

  KafkaPlace open(const std::string& type, ShardId shard) override { return client_->open(type, shard); }
  bool produce(KafkaPlace place, KafkaTicket ticket, std::string_view message) override;
  void fetch(KafkaPlace place, std::optional<Offset> from) override { client_->fetch(place, from); }
  void stop(KafkaPlace place) override { client_->stop(place); }
  void hold(KafkaPlace place) override { client_->hold(place); }
  void go_on(KafkaPlace place) override { client_->go_on(place); }
  void delete_before(KafkaPlace place, Offset offset) override { client_->delete_before(place, offset); }
  bool poll(KafkaEvents& events) override;

 private:
  struct Spoiled {
    Offset next;  // of what the process writes, as it is told
    bool is_claiming = false;
  };
  struct Sent {
    KafkaHead head;
    KafkaMarks marks;
  };

  void written(const KafkaWritten& outcome) override;
  void fetched(KafkaPlace place, Offset offset, std::string_view bytes) override;
  void fetched_all(KafkaPlace place) override { events_->fetched_all(place); }
  void fetch_failed(KafkaPlace place, const std::string& message) override {
    events_->fetch_failed(place, message);
  }
  void broker_away(const std::string& message) override { events_->broker_away(message); }
  void hand_on(KafkaPlace place, Offset offset, const KafkaHead& head);

  std::unique_ptr<KafkaTopics> client_;
  KafkaBug bug_;
  OwnerId owner_;
  KafkaEvents* events_ = nullptr;
  std::map<KafkaPlace, Spoiled> places_;
  std::map<KafkaTicket, Sent> sent_;
  std::vector<KafkaWritten> early_;
};

bool SpoiledTopics::produce(KafkaPlace place, KafkaTicket ticket, std::string_view bytes) {
  if (!client_->produce(place, ticket, bytes)) return false;
  const KafkaMessage message = decode_kafka_message(bytes).value();
  Spoiled& at = places_[place];
  const bool is_claim = message.head.kind == KafkaMessageKind::claim;
  if (is_claim) at.is_claiming = true;
  sent_[ticket] = {message.head, message.marks};
  if (bug_ == KafkaBug::acknowledges_early && !is_claim) {
    early_.push_back({place, ticket, bytes.size(), true, at.next, ""});
    at.next = offset_after(at.next);
  }
  return true;
}

bool SpoiledTopics::poll(KafkaEvents& events) {
  events_ = &events;
  for (const KafkaWritten& outcome : std::exchange(early_, {})) events.written(outcome);
  return client_->poll(*this);
}

void SpoiledTopics::written(const KafkaWritten& outcome) {
  const Sent sent = sent_.at(outcome.ticket);
  sent_.erase(outcome.ticket);
  if (sent.head.kind == KafkaMessageKind::claim) return events_->written(outcome);
  if (bug_ == KafkaBug::acknowledges_early) return;
  Spoiled& at = places_[outcome.place];
  KafkaWritten told = outcome;
  if (bug_ == KafkaBug::counts_failures && !told.is_acknowledged)
    told = {told.place, told.ticket, told.bytes, true, at.next, ""};
  const bool is_unknown = !outcome.offset && bug_ == KafkaBug::takes_unknown_as_counted;
  if (told.is_acknowledged && (is_unknown || bug_ == KafkaBug::answers_without_rule)) told.offset = at.next;
  if (told.offset) at.next = offset_after(*told.offset);
  if (bug_ == KafkaBug::deletes_below_void && told.offset && sent.marks.begins_checkpoint &&
      sent.marks.begins_checkpoint == sent.marks.ends_checkpoint) {
    client_->delete_before(outcome.place, *told.offset);
  }
  events_->written(told);
}

// The same message with another head.
void SpoiledTopics::hand_on(KafkaPlace place, Offset offset, const KafkaHead& head) {
  std::string bytes(kafka_head_bytes, '\0');
  seal_kafka_message(head, bytes);
  events_->fetched(place, offset, bytes);
}

void SpoiledTopics::fetched(KafkaPlace place, Offset offset, std::string_view bytes) {
  KafkaHead head = decode_kafka_message(bytes).value().head;
  Spoiled& at = places_[place];
  const bool is_own = head.kind == KafkaMessageKind::claim && head.owner == owner_;
  const bool was_claiming = at.is_claiming;
  if (is_own) {
    at.is_claiming = false;
    at.next = offset_after(offset);
  }
  if (is_own && bug_ == KafkaBug::believes_own_claim) {
    head.decision = {std::numeric_limits<std::uint64_t>::max(), 0};
    return hand_on(place, offset, head);
  }
  if (bug_ == KafkaBug::reads_before_claiming && was_claiming && !is_own) {
    head = {KafkaMessageKind::identity, head.journal, head.shard, {}, {}, {}, 0, {}, 0};
    return hand_on(place, offset, head);
  }
  events_->fetched(place, offset, bytes);
}

}  // namespace

const char* name_of(KafkaBug bug) {
  constexpr std::array names = {"none",
                                "answers_without_rule",
                                "takes_unknown_as_counted",
                                "takes_stale_decisions",
                                "believes_own_claim",
                                "reads_before_claiming",
                                "deletes_below_void",
                                "acknowledges_early",
                                "counts_failures"};
  return names[static_cast<std::size_t>(bug)];
}

std::unique_ptr<KafkaTopics> spoiled(std::unique_ptr<KafkaTopics> client, KafkaBug bug, OwnerId owner) {
  return std::make_unique<SpoiledTopics>(std::move(client), bug, owner);
}

}  // namespace shoal::sim
