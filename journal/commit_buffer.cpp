#include "journal/commit_buffer.hpp"

#include <algorithm>

#include "journal/record_codec.hpp"
#include "journal/sector.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::journal {

static_assert(CommitBuffer::room_before == sector_bytes + commit_head_bytes);

CommitBuffer::CommitBuffer() : bytes_(room_before), used_(room_before), written_(room_before) {}

std::size_t CommitBuffer::bytes() const { return used_ - room_before; }

CommitBuffer::PartIndex CommitBuffer::add_part(LogShard shard, Epoch epoch) {
  parts_.push_back({shard, epoch, Sequence(0), std::nullopt, std::nullopt, false});
  return parts_.size() - 1;
}

char* CommitBuffer::room_for(std::size_t bytes) {
  if (used_ + bytes > bytes_.size()) bytes_.resize(std::max(used_ + bytes, 2 * bytes_.size()));
  return bytes_.data() + used_;
}

void CommitBuffer::take(std::size_t bytes) {
  used_ += bytes;
  ++records_;
}

void CommitBuffer::note(PartIndex index, Sequence sequence, const RecordBody& body) {
  Part& part = parts_[index];
  SHOAL_ASSERT(part.through.value == 0 || sequence.value == part.through.value + 1);
  part.through = sequence;
  if (std::holds_alternative<CheckpointBegin>(body)) part.begins_checkpoint = sequence;
  if (const auto* end = std::get_if<CheckpointEnd>(&body)) part.ends_checkpoint = end->begin;
  if (std::holds_alternative<Closed>(body)) part.closes = true;
}

void CommitBuffer::append(PartIndex index, Sequence sequence, const RecordBody& body) {
  const Part& part = parts_[index];
  char* const place = room_for(encoded_bytes_max(body));
  take(encode({part.shard, part.epoch, sequence, kind_of(body)}, body, place));
  note(index, sequence, body);
}

void CommitBuffer::append_again(PartIndex index, std::string_view record) {
  char* const place = room_for(record.size());
  std::copy(record.begin(), record.end(), place);
  take(record.size());
  set_epoch(place, parts_[index].epoch);
  parts_[index].through = header_of(record)->sequence;
}

void CommitBuffer::clear() {
  used_ = room_before;
  written_ = room_before;
  position_.reset();
  records_ = 0;
  parts_.clear();
}

CommitBuffer::Piece CommitBuffer::next_piece(std::size_t bytes_max) {
  Piece piece;
  if (written_ == room_before && bytes() <= bytes_max) {
    piece.bytes = bytes();
    piece.records = records_;
  }
  while (written_ + piece.bytes < used_) {
    const std::size_t at = written_ + piece.bytes;
    const std::size_t length = length_at({&bytes_[at], used_ - at});
    if (piece.bytes + length > bytes_max) break;
    piece.bytes += length;
    ++piece.records;
  }
  SHOAL_ASSERT(piece.records > 0);
  piece.with_room = std::span(bytes_).subspan(written_ - room_before, room_before + piece.bytes);
  return piece;
}

void CommitBuffer::piece_written(const Piece& piece, Position at) {
  if (!position_) position_ = at;
  written_ += piece.bytes;
}

}  // namespace shoal::journal
