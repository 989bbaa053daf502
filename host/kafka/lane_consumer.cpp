#include "host/kafka/lane_consumer.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "host/kafka/broker_error.hpp"
#include "host/kafka/handle_config.hpp"
#include "host/kafka/handles.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::kafka {

namespace {

using Clock = std::chrono::steady_clock;

// How many records one call drops when a partition is taken away.
constexpr std::size_t dropped_at_once = 256;

constexpr Offset any_offset{std::numeric_limits<std::int64_t>::min()};

std::string name_of(const std::string& topic, Partition partition) {
  return "topic " + topic + " partition " + std::to_string(partition.value);
}

// Header number `index` of a record; librdkafka parses the headers at the first call.
shoal_status read_header(const shoal_record* record, std::uint32_t index, shoal_header* header) {
  const auto* message = static_cast<const rd_kafka_message_t*>(record->state);
  rd_kafka_headers_t* headers = nullptr;
  const auto found = rd_kafka_message_headers(message, &headers);
  if (found == RD_KAFKA_RESP_ERR__NOENT) return SHOAL_STATUS_NOT_FOUND;
  if (found != RD_KAFKA_RESP_ERR_NO_ERROR) return SHOAL_STATUS_UNDECODABLE;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t value_size = 0;
  if (rd_kafka_header_get_all(headers, index, &name, &value, &value_size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return SHOAL_STATUS_NOT_FOUND;
  }
  header->name = to_bytes(name);
  header->value = {static_cast<const std::uint8_t*>(value), value_size};
  return SHOAL_STATUS_OK;
}

std::vector<Setting> consumer_defaults(const LaneConsumer::Options& options) {
  return {
      {"client.id", options.client_id},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", std::to_string(options.queued_kbytes_max)},
      {"fetch.wait.max.ms", "50"},
      {"fetch.error.backoff.ms", "100"},
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.nagle.disable", "true"},
      // A question for the group's coordinator that was given to a coordinator which has just gone is
      // answered by this time-out alone, and no commit goes through before.
      {"socket.timeout.ms", "8000"},
      // What is assigned was there a moment ago. From 2.3 on a partition that is not there is said after this
      // time only.
      {"topic.metadata.propagation.max.ms", "5000"},
  };
}

std::vector<Setting> consumer_fixed(const std::string& group) {
  return {
      {"group.id", group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "false"},
      {"allow.auto.create.topics", "false"},
      {"check.crcs", "true"},
      // Without a membership all it bounds is how long a commit, or the end of the handle, waits for a
      // coordinator.
      {"session.timeout.ms", "3000"},
  };
}

}  // namespace

struct LaneConsumer::State {
  struct Slot {
    std::string topic;
    Partition partition;
    QueueHandle queue;      // null while the slot is free
    Offset next;            // records below it have been taken already
    std::uint64_t use = 0;  // tells this use of the slot from earlier ones
    bool halted = false;    // a record was misrouted: nothing more may be taken before it is assigned anew
  };

  struct Commit {
    PartitionSlot slot;
    std::uint64_t use = 0;
    Offset next;
  };

  // Order of destruction: what borrows from the client goes first.
  ClientHandle client;
  QueueHandle consumer_queue;
  std::optional<std::string> group;  // that records name
  std::vector<Slot> slots;
  std::vector<rd_kafka_message_t*> taken;
  std::vector<ConsumerEvent> events;
  std::vector<Commit> commit_in_flight;
  std::optional<Error> commit_error;  // of the last commit
  std::optional<PartitionSlot>
      taking;  // whose queue is being served: errors without a record are this partition's
  std::uint64_t uses = 0;
  int wake_fd = -1;

  ~State() {
    release();
    std::vector<PartitionSlot> occupied;
    for (std::uint32_t i = 0; i < slots.size(); ++i) {
      if (slots[i].queue) occupied.emplace_back(i);
    }
    if (!occupied.empty()) static_cast<void>(unassign(occupied));
  }

  void release() {
    for (rd_kafka_message_t* message : taken) rd_kafka_message_destroy(message);
    taken.clear();
  }

  void wake() const {
    if (wake_fd >= 0) static_cast<void>(eventfd_write(wake_fd, 1));
  }

  Slot& at(PartitionSlot slot) {
    SHOAL_ASSERT(slot.value < slots.size() && slots[slot.value].queue);
    return slots[slot.value];
  }

  std::optional<PartitionSlot> find(std::string_view topic, std::int32_t partition) const {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const Slot& slot = slots[i];
      if (slot.queue && slot.partition.value == partition && slot.topic == topic) {
        return PartitionSlot{static_cast<std::uint32_t>(i)};
      }
    }
    return std::nullopt;
  }

  void watch(rd_kafka_queue_t* queue) const {
    if (wake_fd < 0) return;
    const std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, wake_fd, &one, sizeof(one));
  }

  // A partition's own queue, cut off from the consumer's queue.
  QueueHandle own_queue(const PartitionStart& start) const {
    QueueHandle queue(rd_kafka_queue_get_partition(client.get(), start.topic.c_str(), start.partition.value));
    if (queue) rd_kafka_queue_forward(queue.get(), nullptr);
    return queue;
  }

  PartitionSlot occupy(const PartitionStart& start, QueueHandle queue) {
    auto free_slot = std::find_if(slots.begin(), slots.end(), [](const Slot& slot) { return !slot.queue; });
    if (free_slot == slots.end()) free_slot = slots.emplace(slots.end());
    free_slot->topic = start.topic;
    free_slot->partition = start.partition;
    free_slot->queue = std::move(queue);
    free_slot->next = start.offset.value >= 0 ? start.offset : any_offset;
    free_slot->use = ++uses;
    free_slot->halted = false;
    return PartitionSlot{static_cast<std::uint32_t>(free_slot - slots.begin())};
  }

  // With the removal librdkafka puts one more operation into a partition's queue. In the queue of a partition
  // that its topic has no more nobody else would ever free it, and the handle would never end.
  Result<void> unassign(std::span<const PartitionSlot> indices) {
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(indices.size())));
    for (const PartitionSlot index : indices) {
      const Slot& slot = at(index);
      rd_kafka_topic_partition_list_add(list.get(), slot.topic.c_str(), slot.partition.value);
    }
    if (const ErrorHandle failure{rd_kafka_incremental_unassign(client.get(), list.get())}) {
      return broker_error(rd_kafka_error_code(failure.get()), "unassign",
                          rd_kafka_error_string(failure.get()));
    }
    rd_kafka_topic_partition_list_t* assigned = nullptr;  // told when that operation is there
    static_cast<void>(rd_kafka_assignment(client.get(), &assigned));
    const PartitionListHandle told(assigned);
    for (const PartitionSlot index : indices) vacate(index);
    return success();
  }

  void vacate(PartitionSlot index) {
    Slot& slot = at(index);
    rd_kafka_queue_io_event_enable(slot.queue.get(), -1, nullptr, 0);
    rd_kafka_message_t* dropped[dropped_at_once];
    for (;;) {
      const auto count = rd_kafka_consume_batch_queue(slot.queue.get(), 0, dropped, dropped_at_once);
      if (count <= 0) break;
      for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(dropped[i]);
    }
    slot.queue.reset();
    std::erase_if(events, [index](const ConsumerEvent& event) {
      return event.kind != ConsumerEvent::Kind::unreachable && event.kind != ConsumerEvent::Kind::failed &&
             event.slot == index;
    });
  }

  void partition_error(PartitionSlot index, rd_kafka_resp_err_t code, std::string_view detail,
                       Offset offset) {
    const Slot& slot = slots[index.value];
    const std::string name = name_of(slot.topic, slot.partition);
    ConsumerEvent event;
    event.slot = index;
    if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      event.kind = ConsumerEvent::Kind::offset_out_of_range;
      event.offset = offset.value >= 0 ? offset : slot.next;
      event.message =
          name + ": offset " + std::to_string(event.offset.value) +
          " is not there (expired, truncated, or the topic was created anew); the partition stands still";
    } else {
      event.kind = error_code_of(code) == ErrorCode::not_found ? ConsumerEvent::Kind::topic_gone
                                                               : ConsumerEvent::Kind::partition_failed;
      event.message = broker_error(code, name, detail).message;
    }
    events.push_back(std::move(event));
    wake();  // take() may have found it after the lane's poll()
  }

  void partition_error(PartitionSlot index, const rd_kafka_message_t& message) {
    partition_error(index, message.err, rd_kafka_message_errstr(&message), Offset{message.offset});
  }

  // What came through the consumer's queue instead of a partition's.
  void surfaced(const rd_kafka_message_t& message) {
    const auto index =
        message.rkt == nullptr ? std::nullopt : find(rd_kafka_topic_name(message.rkt), message.partition);
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (index) {
        partition_error(*index, message);
      } else {
        handle_failed(message.err, rd_kafka_message_errstr(&message));
      }
      return;
    }
    if (!index || slots[index->value].halted) return;  // of a partition that was taken away
    Slot& slot = slots[index->value];
    slot.halted = true;
    ConsumerEvent event;
    event.kind = ConsumerEvent::Kind::misrouted;
    event.slot = *index;
    event.offset = Offset{message.offset};
    event.message = name_of(slot.topic, slot.partition) + ": offset " + std::to_string(message.offset) +
                    " came past the partition's queue; the partition is to be assigned anew";
    events.push_back(std::move(event));
  }

  void handle_failed(rd_kafka_resp_err_t code, std::string_view detail) {
    ConsumerEvent event;
    const bool unreachable = error_code_of(code) == ErrorCode::unreachable;
    event.kind = unreachable ? ConsumerEvent::Kind::unreachable : ConsumerEvent::Kind::failed;
    event.message =
        broker_error(code, std::string("kafka client ") + rd_kafka_name(client.get()), detail).message;
    events.push_back(std::move(event));
  }

  void committed(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t* offsets) {
    commit_error.reset();
    for (const Commit& commit : commit_in_flight) {
      const Slot& slot = slots[commit.slot.value];
      if (!slot.queue || slot.use != commit.use) continue;
      rd_kafka_resp_err_t slot_code = code;
      if (offsets != nullptr) {
        const auto* entry =
            rd_kafka_topic_partition_list_find(offsets, slot.topic.c_str(), slot.partition.value);
        if (entry != nullptr && entry->err != RD_KAFKA_RESP_ERR_NO_ERROR) slot_code = entry->err;
      }
      ConsumerEvent event;
      event.slot = commit.slot;
      event.offset = commit.next;
      event.kind = ConsumerEvent::Kind::committed;
      if (slot_code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        event.kind = ConsumerEvent::Kind::commit_failed;
        commit_error = broker_error(slot_code, name_of(slot.topic, slot.partition) + ": commit of offset " +
                                                   std::to_string(commit.next.value) + " failed");
        event.message = commit_error->message;
      }
      events.push_back(std::move(event));
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !commit_error)
      commit_error = broker_error(code, "commit failed");
    commit_in_flight.clear();
  }

  // Serves the consumer's queue until it is empty; waits at most `timeout` for the first entry.
  void serve(std::chrono::milliseconds timeout) {
    int wait_ms = static_cast<int>(timeout.count());
    while (const MessageHandle message{rd_kafka_consumer_poll(client.get(), wait_ms)}) {
      surfaced(*message);
      wait_ms = 0;
    }
  }

  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);
  static void on_commit(rd_kafka_t* client, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t* offsets, void* opaque);
};

// Called inside serve() and take(), on the lane. librdkafka names each broker here; of what concerns no
// partition only what stops the whole handle is an event.
void LaneConsumer::State::on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  const auto known = static_cast<rd_kafka_resp_err_t>(code);
  auto* state = static_cast<State*>(opaque);
  if (state->taking) {
    state->partition_error(*state->taking, known, reason, any_offset);
    return;
  }
  if (known == RD_KAFKA_RESP_ERR__TRANSPORT || known == RD_KAFKA_RESP_ERR__TIMED_OUT) return;
  if (known == RD_KAFKA_RESP_ERR__FATAL) {
    char text[512] = "";
    const auto fatal = rd_kafka_fatal_error(client, text, sizeof(text));
    state->handle_failed(fatal, text);
    return;
  }
  state->handle_failed(known, reason);
}

void LaneConsumer::State::on_commit(rd_kafka_t*, rd_kafka_resp_err_t code,
                                    rd_kafka_topic_partition_list_t* offsets, void* opaque) {
  static_cast<State*>(opaque)->committed(code, offsets);
}

LaneConsumer::LaneConsumer(std::unique_ptr<State> state) : state_(std::move(state)) {}
LaneConsumer::~LaneConsumer() = default;

Result<std::unique_ptr<LaneConsumer>> LaneConsumer::create(const config::Kafka& kafka,
                                                           const std::string& group, const Options& options) {
  auto state = std::make_unique<State>();
  state->wake_fd = options.wake_fd;
  if (options.names_group) state->group = group;
  SHOAL_TRY(conf, make_conf(ClientKind::consumer, kafka, consumer_defaults(options), consumer_fixed(group)));
  rd_kafka_conf_set_opaque(conf.get(), state.get());
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t* client, int code, const char* reason, void* opaque) {
    State::on_error(client, code, reason, opaque);
  });
  SHOAL_TRY(client, make_client(ClientKind::consumer, std::move(conf)));
  state->client = std::move(client);
  rd_kafka_poll_set_consumer(state->client.get());
  state->consumer_queue.reset(rd_kafka_queue_get_consumer(state->client.get()));
  SHOAL_ASSERT(state->consumer_queue);
  state->watch(state->consumer_queue.get());
  return std::unique_ptr<LaneConsumer>(new LaneConsumer(std::move(state)));
}

Result<std::vector<PartitionSlot>> LaneConsumer::assign(std::span<const PartitionStart> starts) {
  std::vector<PartitionSlot> result;
  if (starts.empty()) return result;
  PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(starts.size())));
  std::vector<QueueHandle> early;
  for (const PartitionStart& start : starts) {
    const std::string name = name_of(start.topic, start.partition);
    if (state_->find(start.topic, start.partition.value)) {
      return error(ErrorCode::invalid_argument, name + " is assigned already");
    }
    if (start.offset.value < offset_earliest.value || start.partition.value < 0) {
      return error(ErrorCode::invalid_argument,
                   name + ": offset " + std::to_string(start.offset.value) + " is no position");
    }
    // Cut off before the fetch can start, so that no record goes to the consumer's queue.
    early.push_back(state_->own_queue(start));
    if (!early.back())
      return error(ErrorCode::invalid_argument, name + ": librdkafka refuses the topic's name");
    rd_kafka_topic_partition_list_add(list.get(), start.topic.c_str(), start.partition.value)->offset =
        start.offset.value;
  }
  if (const ErrorHandle failure{rd_kafka_incremental_assign(state_->client.get(), list.get())}) {
    return broker_error(rd_kafka_error_code(failure.get()), "assign", rd_kafka_error_string(failure.get()));
  }
  for (const PartitionStart& start : starts) {
    // A queue from before the assignment may be another one's by now.
    QueueHandle queue = state_->own_queue(start);
    SHOAL_ASSERT(queue);
    state_->watch(queue.get());
    result.push_back(state_->occupy(start, std::move(queue)));
  }
  state_->wake();  // for what came before the queues were watched
  return result;
}

Result<void> LaneConsumer::unassign(std::span<const PartitionSlot> slots) {
  return slots.empty() ? success() : state_->unassign(slots);
}

std::size_t LaneConsumer::take(PartitionSlot index, std::span<shoal_record> records) {
  State::Slot& slot = state_->at(index);
  auto& taken = state_->taken;
  std::size_t filled = 0;
  while (filled == 0 && !slot.halted) {
    const std::size_t before = taken.size();
    taken.resize(before + records.size());
    state_->taking = index;
    const auto count =
        rd_kafka_consume_batch_queue(slot.queue.get(), 0, taken.data() + before, records.size());
    state_->taking.reset();
    std::size_t kept = before;
    for (std::size_t i = before; count > 0 && i < before + static_cast<std::size_t>(count); ++i) {
      rd_kafka_message_t* message = taken[i];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->offset < slot.next.value) {
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) state_->partition_error(index, *message);
        rd_kafka_message_destroy(message);
        continue;
      }
      slot.next = Offset{message->offset + 1};
      rd_kafka_timestamp_type_t timestamp_type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      const std::int64_t timestamp_ms = rd_kafka_message_timestamp(message, &timestamp_type);
      records[filled++] = {
          sizeof(shoal_record),
          message->partition,
          {reinterpret_cast<const std::uint8_t*>(rd_kafka_topic_name(message->rkt)), slot.topic.size()},
          message->offset,
          timestamp_type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms,
          {static_cast<const std::uint8_t*>(message->key), message->key_len},
          {static_cast<const std::uint8_t*>(message->payload), message->len},
          message,
          read_header,
          state_->group ? to_bytes(*state_->group) : null_bytes,
      };
      taken[kept++] = message;
    }
    taken.resize(kept);
    if (count <= 0) break;
  }
  return filled;
}

void LaneConsumer::release() { state_->release(); }

CommitStart LaneConsumer::commit(std::span<const CommitPosition> positions) {
  if (!state_->commit_in_flight.empty()) return CommitStart::busy;
  if (positions.empty()) return CommitStart::started;
  PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const CommitPosition& position : positions) {
    const State::Slot& slot = state_->at(position.slot);
    SHOAL_ASSERT(position.next.value >= 0);
    rd_kafka_topic_partition_list_add(list.get(), slot.topic.c_str(), slot.partition.value)->offset =
        position.next.value;
    state_->commit_in_flight.push_back({position.slot, slot.use, position.next});
  }
  const auto started = rd_kafka_commit_queue(
      state_->client.get(), list.get(), state_->consumer_queue.get(),
      [](rd_kafka_t* client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets,
         void* opaque) { State::on_commit(client, code, offsets, opaque); },
      state_.get());
  if (started != RD_KAFKA_RESP_ERR_NO_ERROR) {
    state_->committed(started, nullptr);
    state_->wake();
  }
  return CommitStart::started;
}

Result<void> LaneConsumer::commit_now(std::span<const CommitPosition> positions,
                                      std::chrono::milliseconds timeout) {
  if (positions.empty()) return success();
  const auto deadline = Clock::now() + timeout;
  const auto wait_for_result = [this, deadline] {
    while (!state_->commit_in_flight.empty()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return false;
      state_->serve(std::min(left, std::chrono::milliseconds(100)));
    }
    return true;
  };
  const Error late =
      error(ErrorCode::deadline, "commit: no answer from the group's coordinator in " +
                                     std::to_string(timeout.count()) + " ms; check that the brokers run");
  if (!wait_for_result()) return late;
  static_cast<void>(commit(positions));
  if (!wait_for_result()) return late;
  if (state_->commit_error) return error(ErrorCode::unavailable, state_->commit_error->message);
  return success();
}

void LaneConsumer::poll(std::vector<ConsumerEvent>& events) {
  state_->serve(std::chrono::milliseconds(0));
  std::move(state_->events.begin(), state_->events.end(), std::back_inserter(events));
  state_->events.clear();
}

std::optional<std::int64_t> LaneConsumer::high_watermark(PartitionSlot index) const {
  const State::Slot& slot = state_->at(index);
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  if (rd_kafka_get_watermark_offsets(state_->client.get(), slot.topic.c_str(), slot.partition.value, &low,
                                     &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    return std::nullopt;
  }
  return high;
}

}  // namespace shoal::kafka
