#include "journal/file_shard_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "journal/record_codec.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {

// --- The lane's side ------------------------------------------------------------------------------

Result<std::unique_ptr<FileShardLog>> FileShardLog::open(Storage& storage, FileShardLogOptions options) {
  SHOAL_TRY(log, FileLog::open(storage, options.log));
  return std::unique_ptr<FileShardLog>(new FileShardLog(std::move(options), std::move(log)));
}

FileShardLog::FileShardLog(FileShardLogOptions options, std::unique_ptr<FileLog> log)
    : options_(std::move(options)), filling_(std::make_unique<CommitBuffer>()), log_(std::move(log)) {
  SHOAL_ASSERT(options_.record_bytes_max <= log_->data().commit_bytes_max());
  spare_.push_back(std::make_unique<CommitBuffer>());
  spare_.push_back(std::make_unique<CommitBuffer>());
  show_end();
}

FileShardLog::~FileShardLog() = default;

void FileShardLog::claim(ClaimRequest request) {
  const LogShard shard{type_number(request.type), request.shard};
  SHOAL_ASSERT(!shards_.contains(shard));
  {
    const std::lock_guard lock(mutex_);
    claims_ordered_.push_back(std::move(request));
  }
  ordered();
}

void FileShardLog::read(LogShard shard, Sequence from) {
  const auto at = shards_.find(shard);
  SHOAL_ASSERT(at != shards_.end());
  {
    const std::lock_guard lock(mutex_);
    reads_ordered_.push_back({shard, at->second.epoch, from, at->second.committed});
  }
  ordered();
}

void FileShardLog::give_back(const ReadChunk& chunk) {
  chunks_.erase(chunk.id);
  {
    const std::lock_guard lock(mutex_);
    --chunks_out_;
  }
  ordered();
}

// Most records are of the shard of the one before.
FileShardLog::Shard& FileShardLog::own(LogShard shard) {
  if (last_own_ == nullptr || last_own_->first != shard) {
    const auto at = shards_.find(shard);
    SHOAL_ASSERT(at != shards_.end());
    last_own_ = &*at;
  }
  return last_own_->second;
}

void FileShardLog::disown(LogShard shard) {
  last_own_ = nullptr;
  shards_.erase(shard);
}

Sequence FileShardLog::append(LogShard shard, const RecordBody& body) {
  Shard& own = this->own(shard);
  if (own.part_of != filling_number_) {
    own.part = filling_->add_part(shard, own.epoch);
    own.part_of = filling_number_;
  }
  const Sequence sequence = own.next;
  filling_->append(own.part, sequence, body);
  own.next = Sequence(sequence.value + 1);
  return sequence;
}

void FileShardLog::commit() {
  if (filling_->empty()) return;
  is_commit_wanted_ = true;
  for (const CommitBuffer::Part& part : filling_->parts()) {
    const auto at = shards_.find(part.shard);
    if (at != shards_.end() && at->second.epoch == part.epoch) at->second.committed = part.through;
  }
  hand_over();
}

// Where another buffer waits already, this one goes on filling, and follows when that one is taken.
void FileShardLog::hand_over() {
  if (!is_commit_wanted_) return;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ != nullptr || spare_.empty()) return;
    bytes_handed_over_ += filling_->bytes();
    waiting_ = std::move(filling_);
    filling_ = std::move(spare_.back());
    spare_.pop_back();
  }
  ++filling_number_;
  is_commit_wanted_ = false;
  ordered();
}

bool FileShardLog::has_room() const {
  if (is_disk_full_) return false;
  const std::lock_guard lock(mutex_);
  return filling_->bytes() + bytes_handed_over_ < options_.append_bytes_max;
}

std::uint64_t FileShardLog::kept_bytes(LogShard shard) const {
  const std::uint64_t end = end_.load(std::memory_order_relaxed);
  return end - std::min(end, shards_.at(shard).needed_from.value);
}

void FileShardLog::close(LogShard shard) {
  append(shard, Closed{});
  commit();
}

bool FileShardLog::poll(LogListener& listener) {
  {
    const std::lock_guard lock(mutex_);
    if (outcomes_.empty()) return false;
    delivering_.swap(outcomes_);
  }
  hand_over();
  for (Outcome& outcome : delivering_) deliver(outcome, listener);
  delivering_.clear();
  return true;
}

void FileShardLog::deliver(Outcome& outcome, LogListener& listener) {
  if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
    shards_[claimed->shard] = {claimed->epoch, claimed->next, Sequence(claimed->next.value - 1)};
    return listener.claimed(*claimed);
  }
  if (const auto* refused = std::get_if<ClaimRefused>(&outcome)) return listener.claim_refused(*refused);
  if (const auto* needed = std::get_if<NeededFrom>(&outcome)) {
    shards_.at(needed->shard).needed_from = needed->position;
    return;
  }
  if (const auto* counted = std::get_if<Counted>(&outcome)) return listener.counted(*counted);
  if (const auto* failed = std::get_if<Failed>(&outcome)) {
    disown(failed->shard);
    return listener.failed(*failed);
  }
  if (auto* chunk = std::get_if<std::unique_ptr<ChunkOut>>(&outcome)) {
    const ReadChunk view = (*chunk)->chunk;
    chunks_[view.id] = std::move(*chunk);
    return listener.read_chunk(view);
  }
  if (const auto* end = std::get_if<ReadEnd>(&outcome)) return listener.read_end(*end);
  if (const auto* closed = std::get_if<ShardClosed>(&outcome)) {
    disown(closed->shard);
    return listener.shard_closed(closed->shard);
  }
  if (const auto* full = std::get_if<DiskFull>(&outcome)) {
    is_disk_full_ = true;
    return listener.disk_full(full->message);
  }
  is_disk_full_ = false;
  listener.disk_has_room();
}

// --- The log's side -------------------------------------------------------------------------------

void FileShardLog::show_end() {
  const DataFile& data = log_->data();
  end_.store(data.end().value, std::memory_order_relaxed);
  space_bytes_.store((data.segments() + data.spare_segments()) * data.segment_bytes(),
                     std::memory_order_relaxed);
  freed_bytes_.store(data.freed_segments() * data.segment_bytes(), std::memory_order_relaxed);
}

// Collects the records of each shard that is read into chunks.
class FileShardLog::ChunkFiller final : public RecordSink {
 public:
  ChunkFiller(std::unique_ptr<LogRead> read, const std::vector<FileLog::ReadRequest>& requests,
              std::size_t chunk_bytes)
      : read_(std::move(read)), chunk_bytes_(chunk_bytes) {
    for (const FileLog::ReadRequest& request : requests) shards_[request.shard].request = request;
  }

  void record(LogShard shard, std::string_view bytes) override {
    Filling& filling = shards_[shard];
    filling.bytes += bytes;
    ++filling.records;
    ++filling.records_total;
    if (filling.bytes.size() >= chunk_bytes_) finish(shard, filling);
  }

  // False: all is read.
  Result<bool> step() {
    SHOAL_TRY(goes_on, read_->step(*this));
    if (!goes_on) {
      for (auto& [shard, filling] : shards_) {
        if (filling.records > 0) finish(shard, filling);
      }
    }
    return goes_on;
  }

  std::unique_ptr<ChunkOut> take() {
    std::unique_ptr<ChunkOut> chunk = std::move(ready_.front());
    ready_.pop_front();
    return chunk;
  }
  bool has_chunks() const { return !ready_.empty(); }
  Epoch epoch_of(LogShard shard) const { return shards_.at(shard).request.epoch; }

  template <class Function>
  void for_each(Function function) const {
    for (const auto& [shard, filling] : shards_) function(filling.request, filling.records_total);
  }

  bool is_read = false;

 private:
  struct Filling {
    FileLog::ReadRequest request;
    std::string bytes;
    std::size_t records = 0;
    std::uint64_t records_total = 0;
  };

  void finish(LogShard shard, Filling& filling) {
    auto chunk = std::make_unique<ChunkOut>();
    chunk->bytes = std::move(filling.bytes);
    chunk->chunk = {shard, chunk->bytes, filling.records, 0};
    ready_.push_back(std::move(chunk));
    filling.bytes.clear();
    filling.bytes.reserve(chunk_bytes_);
    filling.records = 0;
  }

  std::unique_ptr<LogRead> read_;
  std::size_t chunk_bytes_;
  std::unordered_map<LogShard, Filling> shards_;
  std::deque<std::unique_ptr<ChunkOut>> ready_;
};

void FileShardLog::say(Outcome outcome) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = outcomes_.empty();
    outcomes_.push_back(std::move(outcome));
  }
  if (was_empty) options_.wake();
}

bool FileShardLog::has_orders() const {
  return !claims_ordered_.empty() || !reads_ordered_.empty() ||
         (waiting_ != nullptr && writing_ == nullptr) ||
         (reading_ != nullptr && chunks_out_ < chunks_out_max);
}

bool FileShardLog::work() {
  bool is_handed_over = false;
  {
    const std::lock_guard lock(mutex_);
    claims_.swap(claims_ordered_);
    reads_.insert(reads_.end(), reads_ordered_.begin(), reads_ordered_.end());
    reads_ordered_.clear();
    if (writing_ == nullptr && waiting_ != nullptr) {
      writing_ = std::move(waiting_);
      is_handed_over = true;
    }
  }
  const bool has_claimed = !claims_.empty();
  do_claims();
  hold_what_is_read();
  const bool has_written = writing_ != nullptr && write(*writing_);
  if (has_written) {
    const std::lock_guard lock(mutex_);
    bytes_handed_over_ -= writing_->bytes();
    writing_->clear();
    spare_.push_back(std::move(writing_));
  }
  if (reading_ == nullptr && !reads_.empty()) start_reading();
  const bool has_read = reading_ != nullptr && read_on();
  if (has_claimed || has_written || has_read) return true;
  if (!is_handed_over && !is_marked_) {
    is_marked_ = true;
    const auto marked = log_->idle();
    if (!marked) fail_all(marked.error().message);
  }
  return false;
}

void FileShardLog::do_claims() {
  for (const ClaimRequest& request : claims_) {
    auto outcome = log_->claim(request);
    show_end();
    const bool is_claimed = std::holds_alternative<Claimed>(outcome);
    std::visit([this](auto&& each) { say(std::forward<decltype(each)>(each)); }, std::move(outcome));
    if (is_claimed) say_needed({type_number(request.type), request.shard});
    is_marked_ = false;
  }
  claims_.clear();
}

// False: the disk is full, the buffer stays.
bool FileShardLog::write(CommitBuffer& buffer) {
  prepare_segment(buffer);
  CommitOutcome outcome = log_->commit(buffer);
  if (outcome.state == CommitState::disk_full) {
    if (!is_said_full_) say(DiskFull{std::move(outcome.message)});
    is_said_full_ = true;
    return false;
  }
  if (is_said_full_) say(DiskHasRoom{});
  is_said_full_ = false;
  is_marked_ = false;
  if (outcome.state == CommitState::broken) {
    fail_all(outcome.message);
    return true;
  }
  show_end();
  // Before it is said that the checkpoint counts, so that nobody takes the one before for the last.
  for (const CommitBuffer::Part& part : buffer.parts()) {
    if (part.ends_checkpoint && log_->owns(part.shard, part.epoch)) say_needed(part.shard);
  }
  for (const Counted& counted : outcome.counted) say(counted);
  for (const LogShard shard : outcome.closed) say(ShardClosed{shard});
  for (Failed& failed : outcome.failed) say(std::move(failed));
  return true;
}

// The one after the current segment is made by a thread of its own, and waited for where it is needed now.
// Where it could not be made, or the commit at hand needs one that nobody has begun, the commit makes it
// itself.
void FileShardLog::prepare_segment(const CommitBuffer& buffer) {
  DataFile& data = log_->data();
  if (next_segment_.valid()) {
    const bool is_needed = !data.fits(buffer);
    if (!is_needed && next_segment_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    auto made = next_segment_.get();
    if (made) data.take_segment(std::move(made).value());
  } else if (options_.makes_segments_ahead && data.wants_segment() && data.is_half_full() &&
             data.fits(buffer)) {
    next_segment_ = std::async(std::launch::async,
                               [&data, order = data.order_segment()] { return data.make_segment(order); });
  }
}

// Before a later commit is written, so that a checkpoint in it leaves what these reads begin with.
void FileShardLog::hold_what_is_read() {
  std::map<LogShard, Sequence> held;
  const auto hold = [&held](const FileLog::ReadRequest& request) {
    const auto at = held.try_emplace(request.shard, request.through).first;
    at->second = std::min(at->second, request.through);
  };
  for (const FileLog::ReadRequest& request : reads_) hold(request);
  if (reading_ != nullptr) reading_->for_each([&](const auto& request, std::uint64_t) { hold(request); });
  log_->hold(std::move(held));
}

// Those whose commits count, one of each shard; the others stay.
void FileShardLog::start_reading() {
  std::vector<FileLog::ReadRequest> requests;
  std::erase_if(reads_, [&](const FileLog::ReadRequest& request) {
    if (!log_->owns(request.shard, request.epoch)) return true;  // its end has been said
    if (log_->counted(request.shard) < request.through) return false;
    const auto is_same = [&](const auto& other) { return other.shard == request.shard; };
    if (std::any_of(requests.begin(), requests.end(), is_same)) return false;
    if (std::optional<Failed> failed = log_->look(request.shard)) {
      say(std::move(*failed));
    } else {
      requests.push_back(request);
    }
    return true;
  });
  if (requests.empty()) return;
  if (auto read = log_->read(requests)) {
    reading_ = std::make_unique<ChunkFiller>(std::move(read).value(), requests, options_.chunk_bytes);
  } else {
    reading_ = std::make_unique<ChunkFiller>(nullptr, requests, options_.chunk_bytes);
    fail_reading(read.error());
  }
}

void FileShardLog::fail_reading(const Error& why) {
  LogFailure reason = why.code == ErrorCode::refused ? LogFailure::damaged : LogFailure::storage;
  // The next owner of one of them may have deleted what was to be read, and nothing is damaged.
  reading_->for_each([&](const FileLog::ReadRequest& request, std::uint64_t) {
    if (!log_->owns(request.shard, request.epoch)) {
      reason = LogFailure::storage;
    } else if (std::optional<Failed> failed = log_->look(request.shard)) {
      reason = LogFailure::storage;
      say(std::move(*failed));
    }
  });
  reading_->for_each([&](const FileLog::ReadRequest& request, std::uint64_t) {
    if (!log_->owns(request.shard, request.epoch)) return;
    log_->abandon(request.shard);
    say(Failed{request.shard, request.epoch, reason, why.message});
  });
  reading_.reset();
}

// False: nothing can be handed over now.
bool FileShardLog::read_on() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (chunks_out_ >= chunks_out_max) return false;
    }
    if (reading_->has_chunks()) {
      std::unique_ptr<ChunkOut> chunk = reading_->take();
      const LogShard shard = chunk->chunk.shard;
      if (!log_->owns(shard, reading_->epoch_of(shard))) continue;
      chunk->chunk.id = next_chunk_id_++;
      {
        const std::lock_guard lock(mutex_);
        ++chunks_out_;
      }
      say(std::move(chunk));
      return true;
    }
    if (reading_->is_read) {
      reading_->for_each([&](const FileLog::ReadRequest& request, std::uint64_t records) {
        if (log_->owns(request.shard, request.epoch)) say(ReadEnd{request.shard, records});
      });
      reading_.reset();
      return true;
    }
    const auto goes_on = reading_->step();
    if (!goes_on) {
      fail_reading(goes_on.error());
      return true;
    }
    reading_->is_read = !goes_on.value();
    const std::lock_guard lock(mutex_);
    if (waiting_ != nullptr || !claims_ordered_.empty() || is_stopping_) return true;
  }
}

void FileShardLog::fail_all(const std::string& why) {
  for (const auto& [shard, epoch] : log_->abandon_all()) say(Failed{shard, epoch, LogFailure::storage, why});
}

}  // namespace shoal::journal
