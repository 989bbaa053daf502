#include "host/lanes/lane.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <array>

#include "host/kafka/lane_consumer.hpp"
#include "host/lanes/lookahead.hpp"
#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

using namespace std::chrono_literals;

constexpr auto kTickInterval = 100ms;
constexpr auto kBlockedInterval = 1ms;
constexpr auto kLatencyWindow = 10s;
constexpr std::size_t kReportsAtOnce = 256;
constexpr std::size_t kReportsARound = 4'096;

// Of a limit for all shards; none where that is 0.
std::optional<std::uint32_t> active_max_of_shard(std::uint32_t active_max, std::uint32_t shard_count) {
  if (active_max == 0) return std::nullopt;
  return std::max<std::uint32_t>(1, active_max / shard_count);
}

}  // namespace

Lane::Lane(Options options)
    : options_(std::move(options)),
      counters_(options_.outputs.size()),
      asks_(options_.index.value),
      catalogue_(options_.partition_of),
      turn_({&options_.sinks, &outbox_, &mail_, &catalogue_, options_.record_bytes_max, options_.random_seed,
             options_.host_number}),
      assignments_(1),
      hashes_(SourceReader::batch_records_max),
      wall_clock_ahead_ns_(options_.clock.wall_ns() - steady_ns()) {}

Lane::~Lane() { SHOAL_ASSERT(!thread_.joinable()); }

void Lane::connect(const std::vector<Lane*>& lanes) {
  PostOffice::Options options;
  options.lane = options_.index.value;
  options.hold = options_.tell_hold;
  options.clock = options_.clock;
  for (Lane* lane : lanes) options.inboxes.push_back(&lane->inbox_);
  post_office_.emplace(std::move(options));
  mail_.set_ask_room(asks_.room());
}

void Lane::start() {
  SHOAL_ASSERT(post_office_.has_value());
  thread_ = std::thread([this] {
    while (run_once()) continue;
  });
  pthread_setname_np(thread_.native_handle(), ("lane-" + std::to_string(options_.index.value)).c_str());
  SHOAL_ASSERT(pthread_getcpuclockid(thread_.native_handle(), &cpu_clock_) == 0);
}

double Lane::cpu_seconds() const {
  timespec time{};
  if (clock_gettime(cpu_clock_, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void Lane::drain() {
  draining_.store(true, std::memory_order_release);
  inbox_.put(std::span<const kafka::DeliveryReport>{});
}

void Lane::join() {
  if (thread_.joinable()) thread_.join();
}

void Lane::begin_turns(std::int64_t now_ns) { turn_.begin_batch(now_ns + wall_clock_ahead_ns_, now_ns); }

bool Lane::run_once() {
  if (was_idle_) sleep();
  if (drained()) {
    finish();
    enter(LaneStep::ended);
    return false;
  }
  was_idle_ = !work();
  if (options_.clock.now() >= tick_due_) tick();
  return true;
}

// One round. False where there was nothing to do.
bool Lane::work() {
  bool worked = acknowledge_reports();
  worked |= run_tasks();
  worked |= run_journal();
  release();
  if (held_by_producer_) return worked;
  worked |= run_timers();
  worked |= run_ready();
  worked |= run_blocking();
  worked |= run_messages();
  worked |= run_batch();
  return worked;
}

// The walk of a record: take a batch of one partition, run its turns, release what they want to send, tell
// the ledger. The commit follows from the ledger in SourceReader::tick.
bool Lane::run_batch() {
  if (post_office_->blocked() || post_office_->local_is_full() || held_is_full() || tells_hold())
    return false;
  if (!running_) {
    if (draining_.load(std::memory_order_acquire)) return false;
    for (std::size_t tried = 0; tried < readers_.size() && !running_; ++tried) {
      SourceReader& reader = *readers_[next_reader_];
      next_reader_ = next_reader_ + 1 == readers_.size() ? 0 : next_reader_ + 1;
      if (const auto batch = reader.take()) {
        running_ = Running{&reader, batch->partition, batch->records, 0, steady_ns()};
      }
    }
    if (!running_) return false;
    for (std::size_t i = 0; i < running_->records.size(); ++i)
      hashes_[i] = hash_of(to_view(running_->records[i].key));
  }
  begin_turns(steady_ns());
  LanePartition& partition = *running_->partition;
  durable_turn_.set_source({partition.source_number, partition.ledger.committable()});
  Lookahead lookahead;
  std::size_t ahead = running_->next;
  const auto look_ahead = [&] {
    const bool is_there = ahead < running_->records.size();
    return lookahead.step(is_there ? Heading{partition.shard, hashes_[ahead++], nullptr} : Heading{});
  };
  for (std::size_t i = 0; i < Lookahead::steps_ahead; ++i) look_ahead();
  while (running_->next < running_->records.size()) {
    if (must_release() || tells_hold()) {
      release();
      if (must_wait() || tells_hold()) break;
    }
    run_record(partition, running_->records[running_->next++], look_ahead());
  }
  release();
  if (running_->next < running_->records.size()) return true;
  const auto latency_ns = static_cast<std::uint64_t>(steady_ns() - running_->taken_ns);
  counters_.record_latency.add(latency_ns, running_->records.size());
  counters_.record_latency_total.add(latency_ns, running_->records.size());
  running_->reader->release();
  running_.reset();
  return true;
}

void Lane::run_record(LanePartition& partition, const shoal_record& record, const Heading& heading) {
  SourceReader& reader = *running_->reader;
  const ShardJournal* journal = partition.shard->journal();
  if (journal != nullptr && is_replayed(partition, Offset{record.offset})) {
    partition.ledger.add(Offset{record.offset}, 0, RecordEnd::done);
    return reader.finished(partition, RecordEnd::done);
  }
  const std::uint64_t tag = tag_of(partition.assignment, partition.ledger.next_ticket().value);
  const TurnResult result =
      heading.shard->run(turn_, record, reader.plan().message_index, heading.hash, heading.entity, tag);
  RecordEnd end = RecordEnd::done;
  std::uint32_t outputs = journal == nullptr ? turn_.emits() : 1;
  if (result.reason != DeadLetterReason::none) [[unlikely]] {
    end = RecordEnd::dead_letter;
    outputs += add_dead_letter(reader, partition, record, tag, result.reason);
  } else if (result.kept) [[unlikely]] {
    ++outputs;
    ++partition.kept_records;
    partition.kept_bytes += record.key.size + record.value.size;
  }
  const Ticket ticket = partition.ledger.add(Offset{record.offset}, outputs, end);
  if (journal != nullptr) [[unlikely]]
    held_.add_record(partition.assignment, ticket);
  if (outputs == 0) reader.finished(partition, end);
}

// The record goes to the dead-letter topic, where there is one, as it came, with its position and the reason
// as headers. Gives the outputs that hold the record. Where it cannot go there the partition is held, and the
// record never counts as finished.
std::uint32_t Lane::add_dead_letter(SourceReader& reader, LanePartition& partition,
                                    const shoal_record& record, std::uint64_t tag, DeadLetterReason reason) {
  const modules::EntityType& type = partition.shard->type();
  const std::string_view reason_name = name_of(reason);
  count(counters_.record_dead_letters_by_reason[static_cast<std::size_t>(reason)]);
  show_dead_letter(partition, record, reader.plan().message_index, reason);
  if (dead_letter_lines_.admits()) {
    spdlog::warn("source {}: dead letter: {}/{} offset {}: {}: {}", reader.plan().name, partition.plan.topic,
                 record.partition, record.offset, reason_name, turn_.error());
  }
  if (!partition.plan.dead_letters) return 0;
  const std::string source_partition = std::to_string(record.partition);
  const std::string source_offset = std::to_string(record.offset);
  const std::string module = type.generation->id() + " " + type.generation->version();
  std::vector<shoal_header> headers;
  shoal_header header{};
  for (std::uint32_t i = 0; record.header(&record, i, &header) == SHOAL_STATUS_OK; ++i)
    headers.push_back(header);
  const auto add = [&headers](std::string_view header_name, std::string_view value) {
    headers.push_back({to_bytes(header_name), to_bytes(value)});
  };
  add("shoal-reason", reason_name);
  add("shoal-error", turn_.error());
  add("shoal-source-topic", partition.plan.topic);
  add("shoal-source-partition", source_partition);
  add("shoal-source-offset", source_offset);
  add("shoal-entity-type", type.name);
  add("shoal-module", module);
  const OutboxRecord letter{*partition.plan.dead_letters, tag, record.key, record.value, headers,
                            record.timestamp_ms};
  if (outbox_.add(letter)) return 1;
  reader.fail(partition, "a dead letter of " + std::to_string(record.value.size) +
                             " bytes is more than the host sends: skip the record by setting the group's "
                             "offset with Kafka's tools and restart the host");
  return 1;
}

// What the turns sent leaves.
void Lane::release() {
  if (log_ != nullptr) commit_batch();
  const bool counted_has_left = log_ == nullptr || let_go();
  held_by_producer_ = !release_outputs(outbox_) || !counted_has_left;
  release_mail();
}

// True when the outbox is empty; false while the producer has no room.
bool Lane::release_outputs(Outbox& outbox) {
  while (!outbox.empty()) {
    const OutboxRecord record = outbox.front();
    const std::uint64_t tag = with_output(record.tag, record.output);
    const kafka::SendResult sent =
        options_.producer->send(options_.index, tag, options_.outputs[record.output].handle, record.key,
                                record.value, record.headers, record.timestamp_ms);
    if (sent.status == kafka::SendStatus::queue_full) return false;
    OutputCounters& output = counters_.outputs[record.output];
    count(output.emitted);
    if (sent.status == kafka::SendStatus::sent) {
      count(output.sent_bytes, record.key.size + record.value.size);
    } else {
      count(output.failed);
      not_sent(tag, sent.reason);
    }
    outbox.pop();
  }
  return true;
}

// A batch may send several outputs a record: their reports must not fall behind.
bool Lane::acknowledge_reports() {
  std::array<kafka::DeliveryReport, kReportsAtOnce> reports;
  std::size_t all = 0;
  while (all < kReportsARound) {
    const std::size_t taken = inbox_.take_reports(reports);
    for (std::size_t i = 0; i < taken; ++i) acknowledge(reports[i]);
    all += taken;
    if (taken < reports.size()) break;
  }
  return all > 0;
}

void Lane::acknowledge(const kafka::DeliveryReport& report) {
  OutputCounters& output = counters_.outputs[output_of(report.tag)];
  count(report.ok ? output.acknowledged : output.failed);
  count(output.reported_bytes, report.bytes);
  if (!report.ok) return not_sent(report.tag, report.reason);
  const Origin& origin = origin_of(report.tag);
  if (origin.shard != nullptr) return origin.shard->journal()->emit_acknowledged(ticket_of(report.tag));
  if (origin.partition == nullptr) return;
  OffsetLedger& ledger = origin.partition->ledger;
  const Ticket ticket = ledger.ticket_of(ticket_of(report.tag), ticket_bits);
  const RecordEnd end = ledger.end(ticket);
  if (ledger.acknowledge(ticket)) origin.reader->finished(*origin.partition, end);
}

// Kafka does not take an output: its record can never finish, so that its partition stands still before it.
// What a durable shard sent stands in its log.
void Lane::not_sent(std::uint64_t tag, std::string_view reason) {
  const std::string& topic = options_.outputs[output_of(tag)].topic;
  const Origin& origin = origin_of(tag);
  if (origin.shard != nullptr) {
    spdlog::error(
        "an output of type {} to topic {} was not taken: {}; mend the cause and restart the host: it is "
        "sent again",
        origin.shard->type().name, topic, reason);
    return;
  }
  if (origin.partition == nullptr) {
    spdlog::error("an output to topic {} that no record caused is lost: {}", topic, reason);
    return;
  }
  origin.reader->fail(*origin.partition,
                      "an output to topic " + topic + " was not taken: " + std::string(reason) +
                          "; mend the cause and restart the host: its record is read again");
}

bool Lane::run_tasks() {
  Task task;
  bool ran = false;
  while (inbox_.take_task(task)) {
    task(*this);
    ran = true;
  }
  return ran;
}

void Lane::open_type(TypePlan plan) {
  if (types_.size() <= plan.index.value) types_.resize(plan.index.value + 1);
  Type& opened = types_[plan.index.value];
  SHOAL_ASSERT(opened.shards.empty());
  opened.active_max = std::move(plan.active_max);
  if (opened.active_max) {
    opened.active_max_applied = opened.active_max->load(std::memory_order_relaxed);
    plan.policy.active_max = active_max_of_shard(opened.active_max_applied, plan.shard_count);
  }
  if (plan.policy.durability == Durability::none) plan.policy.remembered_starts_a_second = 0;
  opened.starts_a_second = plan.policy.remembered_starts_a_second;
  opened.counters = plan.counters;
  opened.memory = std::make_unique<TypeMemory>(plan.policy, std::move(plan.counters));
  opened.shards.resize(plan.shard_count);
  SHOAL_ASSERT((plan.pool != nullptr) == (plan.type->abi->execution == SHOAL_EXECUTION_BLOCKING));
  catalogue_.add({plan.index, plan.shard_count, plan.type, plan.policy.durability != Durability::none});
  open_port(opened, std::move(plan.pool));
  for (std::uint32_t shard = options_.index.value; shard < plan.shard_count; shard += options_.lane_count) {
    opened.shards[shard] = std::make_unique<Shard>(
        Shard::Options{ShardId{shard}, plan.index, plan.shard_count, plan.type, options_.partition_of,
                       plan.policy, opened.memory.get(), &surroundings_, opened.blocking.get(),
                       make_journal(plan, ShardId{shard}), steady_ns()});
    if (opened.shards[shard]->journal() == nullptr) continue;
    show_closed(1);
    claim(*opened.shards[shard]);
  }
}

Result<void> Lane::open_source(SourcePlan plan) {
  const std::vector<PartitionPlan> partitions = std::move(plan.partitions);
  const std::uint64_t number = assignments_.size();
  if (number + partitions.size() > assignments_max) {
    return error(ErrorCode::overloaded, "this lane has assigned too many partitions: restart the host");
  }
  SHOAL_TRY(reader, reader_of(std::move(plan)));
  const std::size_t before = reader->partitions().size();
  SHOAL_TRYV(reader->assign(
      partitions,
      [this, type = reader->plan().type](Partition partition) -> Shard& {
        Shard* shard = find_shard(type, ShardId{static_cast<std::uint32_t>(partition.value)});
        SHOAL_ASSERT(shard != nullptr);
        return *shard;
      },
      number));
  for (std::size_t i = before; i < reader->partitions().size(); ++i) {
    assignments_.push_back({reader, reader->partitions()[i].get(), nullptr});
  }
  for (std::size_t i = before; i < reader->partitions().size(); ++i) {
    align(*reader, *reader->partitions()[i]);
  }
  return success();
}

Result<std::unique_ptr<kafka::PartitionReader>> Lane::make_consumer(const SourcePlan& plan) {
  kafka::LaneConsumer::Options options;
  options.wake_fd = inbox_.wake_fd();
  options.names_group = plan.commits;
  options.client_id = "shoal-" + plan.name + "-" + std::to_string(options_.index.value);
  SHOAL_TRY(consumer, kafka::LaneConsumer::create(options_.kafka, plan.group, options));
  return std::unique_ptr<kafka::PartitionReader>(std::move(consumer));
}

Result<SourceReader*> Lane::reader_of(SourcePlan plan) {
  for (const auto& reader : readers_) {
    if (reader->plan().source == plan.source) return reader.get();
  }
  SHOAL_TRY(consumer, options_.make_reader ? options_.make_reader(plan) : make_consumer(plan));
  readers_.push_back(std::make_unique<SourceReader>(std::move(plan), std::move(consumer), options_.on_trouble,
                                                    options_.clock));
  return readers_.back().get();
}

TypeMemory* Lane::find_memory(TypeIndex type) {
  return type.value < types_.size() ? types_[type.value].memory.get() : nullptr;
}

void Lane::hold_source(SourceIndex source) {
  with_source(source, [](SourceReader& reader) { reader.hold(); });
}

void Lane::resume_source(SourceIndex source) {
  with_source(source, [](SourceReader& reader) { reader.resume(); });
}

void Lane::with_source(SourceIndex source, const std::function<void(SourceReader&)>& act) {
  for (const auto& reader : readers_) {
    if (reader->plan().source == source) act(*reader);
  }
}

void Lane::for_each_shard(TypeIndex type, const std::function<void(Shard&)>& visit) {
  if (type.value >= types_.size()) return;
  for (const auto& shard : types_[type.value].shards) {
    if (shard) visit(*shard);
  }
}

void Lane::tick() {
  const auto now = options_.clock.now();
  wall_clock_ahead_ns_ = options_.clock.wall_ns() - steady_ns();
  for (const auto& reader : readers_) reader->tick(now);
  if (const std::uint64_t more = dead_letter_lines_.take_rest(); more > 0)
    spdlog::warn("lane {}: {} more dead letters", options_.index.value, more);
  if (const std::uint64_t more = surroundings_.stop_timeout_lines.take_rest(); more > 0)
    spdlog::warn("lane {}: {} more entities did not stop in time", options_.index.value, more);
  dead_letters_shown_ = 0;
  apply_limits();
  run_reminders();
  start_remembered();
  send_tells_again();
  passivate_idle();
  show_reminders();
  show_waiting();
  if (now >= rotate_due_) {
    counters_.record_latency.rotate();
    rotate_due_ = now + kLatencyWindow;
  }
  tick_due_ = now + kTickInterval;
}

void Lane::show_waiting() {
  counters_.waiting.outbox_bytes = outbox_.bytes();
  counters_.waiting.mail_bytes = mail_.bytes() + post_office_->bytes();
  counters_.waiting.asks = asks_.size();
  counters_.waiting.timers = surroundings_.timers.size();
  counters_.store_backlog_bytes = surroundings_.store_backlog;
  if (log_ == nullptr) return;
  const journal::LogSpace space = log_->space();
  counters_.log_bytes = space.bytes;
  counters_.log_freed_bytes = space.freed_bytes;
}

void Lane::apply_limits() {
  for (Type& type : types_) {
    if (!type.active_max) continue;
    const std::uint32_t wanted = type.active_max->load(std::memory_order_relaxed);
    if (std::exchange(type.active_max_applied, wanted) == wanted) continue;
    const auto shard_count = static_cast<std::uint32_t>(type.shards.size());
    for (const auto& shard : type.shards) {
      if (shard) shard->set_active_max(active_max_of_shard(wanted, shard_count));
    }
  }
}

void Lane::sleep() {
  if (options_.spin.count() > 0) {
    const auto until = options_.clock.now() + options_.spin;
    while (options_.clock.now() < until) {
      if (work()) return;
    }
  }
  const auto now = options_.clock.now();
  auto due = tick_due_;
  if (const auto timer = surroundings_.timers.next_due_ns()) {
    due = std::min(due, Clock::time_point(std::chrono::nanoseconds(*timer)));
  }
  const auto timeout =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(due - now, Clock::duration::zero()));
  // Nobody tells when a full lane has room again.
  wait(post_office_->blocked() ? kBlockedInterval : timeout,
       held_by_producer_ || post_office_->full() ? WakeFor::no_messages : WakeFor::messages);
}

// At the one place where the lane sleeps.
void Lane::wait(std::chrono::milliseconds timeout, WakeFor wake_for) {
  const LaneClock& clock = options_.clock;
  if (clock.wait != nullptr) return clock.wait(clock.context, timeout);
  inbox_.sleep(timeout, wake_for);
}

}  // namespace shoal::lanes
