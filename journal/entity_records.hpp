#pragma once
// EntityRecords: of the records of a shard's log those that say something of one entity, in order, up to a
// bound. Reads no file. One caller at a time.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log_read.hpp"
#include "journal/record_codec.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

// Whether it changes the entity, or its reminders, or remembers it. A checkpoint's parts do not: they repeat.
bool says_of(const Record& record, std::string_view entity);

class EntityRecords final : public RecordSink {
 public:
  struct Wanted {
    std::string entity;
    Sequence from;
    std::size_t records_max = 0;
    std::size_t bytes_max = 0;  // the first record is taken however long it is
  };
  struct Found {
    std::vector<std::string> records;  // as they stand in the log
    std::optional<Sequence> next;      // of the first that was beyond the bound
  };

  explicit EntityRecords(Wanted wanted) : wanted_(std::move(wanted)) {}

  void record(LogShard shard, std::string_view bytes) override;

  // To be called once, at the end. refused: a record cannot be read.
  Result<Found> take();

 private:
  Wanted wanted_;
  RecordDecoder decoder_;
  std::size_t bytes_ = 0;
  Found found_;
  std::optional<Error> failed_;
};

}  // namespace shoal::journal
