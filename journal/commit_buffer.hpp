#pragma once
// CommitBuffer: records of several shards, one after the other, that will be written and synced together.
// Filled by the lane, then handed to the log; one of the two has it at a time. Its memory stays when it is
// cleared.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "journal/claim.hpp"
#include "journal/ids.hpp"
#include "journal/record.hpp"

namespace shoal::journal {

class CommitBuffer {
 public:
  // What the buffer holds of one ownership of a shard.
  struct Part {
    LogShard shard;
    Epoch epoch;
    Sequence through;
    std::optional<Sequence> begins_checkpoint;
    std::optional<Sequence> ends_checkpoint;  // its begin
    bool closes = false;
  };
  using PartIndex = std::size_t;

  CommitBuffer();

  PartIndex add_part(LogShard shard, Epoch epoch);
  // Requires: sequences of a part are dense; the buffer stays below 4 GiB.
  void append(PartIndex part, Sequence sequence, const RecordBody& body);
  // A record as it stands in another place of the log, in the part's epoch from now on.
  void append_again(PartIndex part, std::string_view record);

  bool empty() const { return records_ == 0; }
  std::uint32_t records() const { return records_; }
  // Of the records.
  std::size_t bytes() const;
  std::span<const Part> parts() const { return parts_; }
  void clear();

  // What is written in one piece: records behind room for what stands before them on the disk. The room of a
  // later piece lies over records that were written.
  static constexpr std::size_t room_before = 536;  // a segment's head and a commit's
  struct Piece {
    std::span<char> with_room;
    std::size_t bytes = 0;
    std::uint32_t records = 0;
  };
  bool is_written() const { return written_ == used_; }
  // Requires: not all is written, and no record is longer than bytes_max.
  Piece next_piece(std::size_t bytes_max);
  void piece_written(const Piece& piece, Position at);
  // Where the first piece was written.
  Position position() const { return *position_; }

 private:
  char* room_for(std::size_t bytes);
  void take(std::size_t bytes);
  void note(PartIndex part, Sequence sequence, const RecordBody& body);

  std::vector<char> bytes_;
  std::size_t used_;
  std::size_t written_;
  std::optional<Position> position_;
  std::uint32_t records_ = 0;
  std::vector<Part> parts_;
};

}  // namespace shoal::journal
