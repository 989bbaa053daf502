#include "journal/kafka_client.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "journal/kafka_handles.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {
namespace {

constexpr unsigned place_bits = 20;
constexpr std::size_t fetched_at_once = 64;
constexpr int events_at_once = 256;
constexpr std::chrono::seconds away_after{2};

// Goes through librdkafka with the message, and comes back with its report.
void* tag_of(KafkaPlace place, KafkaTicket ticket) {
  SHOAL_ASSERT(place.value < 1U << place_bits && ticket.value < std::uint64_t{1} << (64 - place_bits));
  return reinterpret_cast<void*>(ticket.value << place_bits | place.value);
}

KafkaPlace place_of(void* tag) {
  return KafkaPlace(
      static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(tag) & ((1U << place_bits) - 1)));
}

KafkaTicket ticket_of(void* tag) { return KafkaTicket(reinterpret_cast<std::uint64_t>(tag) >> place_bits); }

}  // namespace

struct KafkaClient::State {
  struct Fetch {
    KafkaQueueHandle queue;
    std::deque<KafkaMessageHandle> taken;  // and not handed on
    bool is_held = false;
    std::uint64_t use = 0;  // tells it from another fetch of the place
  };
  struct Place {
    std::string topic;
    std::int32_t partition = 0;
    KafkaTopicHandle to_write;
    KafkaTopicHandle to_read;
    std::optional<Fetch> fetch;
  };
  struct Refused {
    KafkaPlace place;
    KafkaTicket ticket;
    std::size_t bytes;
    rd_kafka_resp_err_t code;
  };

  Result<void> make_producer();
  void end_producer();
  bool serve_producer(KafkaEvents& events);
  void report(const rd_kafka_message_t& message, KafkaEvents& events);
  void take_error(rd_kafka_event_t* event);
  void give_up_producer(const char* why);
  void look_at_clock(KafkaEvents& events) const;
  bool serve_answers() const;
  bool serve_fetch(KafkaPlace place, KafkaEvents& events);
  void hand_on(KafkaPlace place, const rd_kafka_message_t& message, KafkaEvents& events);
  void warn(const std::string& text) const { options.log(KafkaLogLevel::warning, text); }
  std::string named(const Place& place) const {
    return "topic " + place.topic + " partition " + std::to_string(place.partition);
  }
  void wake_on(rd_kafka_queue_t* queue) {
    rd_kafka_queue_cb_event_enable(
        queue, [](rd_kafka_t*, void* self) { static_cast<State*>(self)->say_more(); }, this);
  }
  // [any-thread]
  void say_more() {
    has_more.store(true);
    wake();
  }

  KafkaClientOptions options;
  std::function<void()> wake;
  // What borrows from a client goes before it.
  KafkaHandle producer;
  KafkaQueueHandle reports;
  KafkaQueueHandle answers;
  KafkaHandle consumer;
  std::map<std::pair<std::string, ShardId>, KafkaPlace> known;
  std::vector<Place> places;
  std::vector<Refused> refused;
  std::size_t under_way = 0;
  std::chrono::steady_clock::time_point waits_since;  // for the next report
  bool is_producer_dead = false;
  std::uint64_t uses = 0;
  std::vector<KafkaPlace> fetching;
  std::atomic<bool> has_more{false};  // since the last poll
};

Result<void> KafkaClient::State::make_producer() {
  SHOAL_TRY(made, make_kafka_producer(options));
  producer = std::move(made);
  reports.reset(rd_kafka_queue_get_main(producer.get()));
  answers.reset(rd_kafka_queue_new(producer.get()));
  wake_on(reports.get());
  wake_on(answers.get());
  is_producer_dead = false;
  under_way = 0;
  return success();
}

void KafkaClient::State::end_producer() {
  for (Place& place : places) place.to_write.reset();
  if (answers) rd_kafka_queue_cb_event_enable(answers.get(), nullptr, nullptr);
  if (reports) rd_kafka_queue_cb_event_enable(reports.get(), nullptr, nullptr);
  answers.reset();
  reports.reset();
  if (producer) rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  producer.reset();
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::create(KafkaClientOptions options,
                                                         std::function<void()> wake) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->wake = std::move(wake);
  SHOAL_TRYV(state->make_producer());
  SHOAL_TRY(consumer, make_kafka_consumer(state->options));
  state->consumer = std::move(consumer);
  return std::unique_ptr<KafkaClient>(new KafkaClient(std::move(state)));
}

KafkaClient::KafkaClient(std::unique_ptr<State> state) : state_(std::move(state)) {}

KafkaClient::~KafkaClient() {
  while (!state_->fetching.empty()) stop(state_->fetching.back());
  state_->end_producer();
  state_->places.clear();
}

KafkaPlace KafkaClient::open(const std::string& type, ShardId shard) {
  const KafkaPlace next(static_cast<std::uint32_t>(state_->places.size()));
  const auto [at, is_new] = state_->known.try_emplace({type, shard}, next);
  if (is_new) {
    State::Place place;
    place.topic = state_->options.topic_prefix + type;
    place.partition = static_cast<std::int32_t>(shard.value);
    state_->places.push_back(std::move(place));
  }
  return at->second;
}

// --- Writing --------------------------------------------------------------------------------------

bool KafkaClient::produce(KafkaPlace place, KafkaTicket ticket, std::string_view message) {
  if (state_->is_producer_dead) return false;
  State::Place& at = state_->places[place.value];
  if (!at.to_write) at.to_write.reset(rd_kafka_topic_new(state_->producer.get(), at.topic.c_str(), nullptr));
  const int failed =
      rd_kafka_produce(at.to_write.get(), at.partition, RD_KAFKA_MSG_F_COPY,
                       const_cast<char*>(message.data()), message.size(), nullptr, 0, tag_of(place, ticket));
  if (failed == 0) {
    if (state_->under_way++ == 0) state_->waits_since = std::chrono::steady_clock::now();
    return true;
  }
  const rd_kafka_resp_err_t code = rd_kafka_last_error();
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    state_->give_up_producer(rd_kafka_err2str(code));
    state_->say_more();
    return false;
  }
  state_->refused.push_back({place, ticket, message.size(), code});
  state_->say_more();
  return true;
}

void KafkaClient::State::report(const rd_kafka_message_t& message, KafkaEvents& events) {
  --under_way;
  waits_since = std::chrono::steady_clock::now();
  KafkaWritten outcome;
  outcome.place = place_of(message._private);
  outcome.ticket = ticket_of(message._private);
  outcome.bytes = message.len;
  outcome.is_acknowledged = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (outcome.is_acknowledged && message.offset >= 0) outcome.offset = Offset(message.offset);
  if (!outcome.is_acknowledged) outcome.reason = rd_kafka_err2str(message.err);
  events.written(outcome);
}

void KafkaClient::State::take_error(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  if (code == RD_KAFKA_RESP_ERR__FATAL) give_up_producer(rd_kafka_event_error_string(event));
}

// All that it has comes back as failed; then another one takes its place.
void KafkaClient::State::give_up_producer(const char* why) {
  if (std::exchange(is_producer_dead, true)) return;
  warn(std::string("the journal's producer ends, another one takes its place: ") + why);
  rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

// Once a second, when librdkafka tells its statistics.
void KafkaClient::State::look_at_clock(KafkaEvents& events) const {
  if (under_way == 0 || std::chrono::steady_clock::now() - waits_since < away_after) return;
  events.broker_away("the journal waits: no broker at " + options.bootstrap_servers +
                     " acknowledges what is written to its topics");
}

bool KafkaClient::State::serve_producer(KafkaEvents& events) {
  bool came = !refused.empty();
  for (const Refused& each : std::exchange(refused, {})) {
    events.written({each.place, each.ticket, each.bytes, false, {}, rd_kafka_err2str(each.code)});
  }
  for (int left = events_at_once; left > 0; --left) {
    const KafkaEventHandle event(rd_kafka_queue_poll(reports.get(), 0));
    if (!event) break;
    came = true;
    const rd_kafka_event_type_t type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_ERROR) take_error(event.get());
    if (type == RD_KAFKA_EVENT_STATS) look_at_clock(events);
    if (type != RD_KAFKA_EVENT_DR) continue;
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
      report(*message, events);
    }
  }
  if (!is_producer_dead || under_way > 0) return came;
  end_producer();
  const auto made = make_producer();
  SHOAL_ASSERT(made.has_value());  // the same configuration was good before
  return true;
}

// --- Deleting -------------------------------------------------------------------------------------

void KafkaClient::delete_before(KafkaPlace place, Offset offset) {
  if (state_->is_producer_dead) return;
  const State::Place& at = state_->places[place.value];
  const KafkaListHandle list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = offset.value;
  const KafkaDeleteHandle request(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* all[] = {request.get()};
  rd_kafka_DeleteRecords(state_->producer.get(), all, 1, nullptr, state_->answers.get());
}

bool KafkaClient::State::serve_answers() const {
  const KafkaEventHandle event(rd_kafka_queue_poll(answers.get(), 0));
  if (!event) return false;
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    warn(std::string("the journal could not delete what is below a checkpoint, the next one tries again: ") +
         rd_kafka_event_error_string(event.get()));
    return true;
  }
  const rd_kafka_DeleteRecords_result_t* result = rd_kafka_event_DeleteRecords_result(event.get());
  if (result == nullptr) return true;
  const rd_kafka_topic_partition_list_t* list = rd_kafka_DeleteRecords_result_offsets(result);
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    // Another owner has deleted more.
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR || one.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) continue;
    warn(std::string("topic ") + one.topic + " partition " + std::to_string(one.partition) +
         ": what is below a checkpoint could not be deleted, the next one tries again: " +
         rd_kafka_err2str(one.err));
  }
  return true;
}

// --- Reading --------------------------------------------------------------------------------------

void KafkaClient::fetch(KafkaPlace place, std::optional<Offset> from) {
  State::Place& at = state_->places[place.value];
  SHOAL_ASSERT(!at.fetch);
  if (!at.to_read) at.to_read.reset(rd_kafka_topic_new(state_->consumer.get(), at.topic.c_str(), nullptr));
  State::Fetch fetch;
  fetch.queue.reset(rd_kafka_queue_new(state_->consumer.get()));
  fetch.use = ++state_->uses;
  state_->wake_on(fetch.queue.get());
  const std::int64_t offset = from ? from->value : RD_KAFKA_OFFSET_BEGINNING;
  const int failed = rd_kafka_consume_start_queue(at.to_read.get(), at.partition, offset, fetch.queue.get());
  SHOAL_ASSERT(failed == 0);  // it fails for what is no partition's number or offset
  at.fetch = std::move(fetch);
  state_->fetching.push_back(place);
}

void KafkaClient::stop(KafkaPlace place) {
  State::Place& at = state_->places[place.value];
  SHOAL_ASSERT(at.fetch);
  rd_kafka_queue_cb_event_enable(at.fetch->queue.get(), nullptr, nullptr);
  rd_kafka_consume_stop(at.to_read.get(), at.partition);
  at.fetch.reset();
  std::erase(state_->fetching, place);
}

void KafkaClient::hold(KafkaPlace place) { state_->places[place.value].fetch->is_held = true; }

void KafkaClient::go_on(KafkaPlace place) {
  state_->places[place.value].fetch->is_held = false;
  state_->say_more();
}

void KafkaClient::State::hand_on(KafkaPlace place, const rd_kafka_message_t& message, KafkaEvents& events) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return events.fetched(place, Offset(message.offset),
                          {static_cast<const char*>(message.payload), message.len});
  }
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return events.fetched_all(place);
  events.fetch_failed(place, named(places[place.value]) + ": " + rd_kafka_message_errstr(&message));
}

// What is handed on may end the fetch, hold it, or begin another one.
bool KafkaClient::State::serve_fetch(KafkaPlace place, KafkaEvents& events) {
  std::optional<Fetch>& fetch = places[place.value].fetch;
  if (!fetch || fetch->is_held) return false;
  if (fetch->taken.empty()) {
    std::array<rd_kafka_message_t*, fetched_at_once> messages;
    const ssize_t count =
        rd_kafka_consume_batch_queue(fetch->queue.get(), 0, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) fetch->taken.emplace_back(messages[static_cast<std::size_t>(i)]);
  }
  const std::uint64_t use = fetch->use;
  bool came = false;
  while (fetch && fetch->use == use && !fetch->is_held && !fetch->taken.empty()) {
    const KafkaMessageHandle message = std::move(fetch->taken.front());
    fetch->taken.pop_front();
    hand_on(place, *message, events);
    came = true;
  }
  return came;
}

bool KafkaClient::poll(KafkaEvents& events) {
  if (!state_->has_more.exchange(false)) return false;
  bool came = state_->serve_producer(events);
  came = state_->serve_answers() || came;
  // What comes of one may end or begin others: they are served the next time.
  for (std::size_t i = 0; i < state_->fetching.size(); ++i) {
    came = state_->serve_fetch(state_->fetching[i], events) || came;
  }
  if (came) state_->has_more.store(true);
  return came;
}

}  // namespace shoal::journal
