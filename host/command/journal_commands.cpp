#include <cstdint>
#include <functional>
#include <iostream>
#include <utility>

#include "host/command/exit_code.hpp"
#include "host/command/open_journal.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/journal_text.hpp"
#include "journal/compaction.hpp"
#include "journal/record_codec.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using host::json_of;
using journal::JournalReader;
using journal::ShardName;

void print(const Json& object) { std::cout << host::line_of(object) << '\n'; }

bool is_wanted(const JournalDirectory& request, const ShardName& name) {
  if (!request.type.empty() && request.type != name.type) return false;
  return !request.shard || *request.shard == name.shard.value;
}

// Decodes the records of a shard that recovery would read.
class EachRecord final : public journal::RecordSink {
 public:
  explicit EachRecord(std::function<void(const journal::Record&)> function)
      : function_(std::move(function)) {}

  void record(journal::LogShard, std::string_view bytes) override {
    if (!result_) return;
    auto decoded = decoder_.decode(bytes);
    if (decoded) {
      function_(decoded.value());
    } else {
      result_ = std::move(decoded).error();
    }
  }

  Result<void> read(journal::LogRead& log) {
    for (;;) {
      SHOAL_TRY(more, log.step(*this));
      if (!result_ || !more) return std::move(result_);
    }
  }

 private:
  std::function<void(const journal::Record&)> function_;
  journal::RecordDecoder decoder_;
  Result<void> result_ = success();
};

Result<void> read_shard(JournalReader& reader, const ShardName& name, std::uint64_t from,
                        std::function<void(const journal::Record&)> function) {
  SHOAL_TRY(found, reader.find(name));
  SHOAL_TRY(log, reader.read(name, found, journal::Sequence(from)));
  if (!log) return success();
  return EachRecord(std::move(function)).read(*log);
}

// Does it for every shard that is wanted; what is damaged is told, and the rest is done.
int for_each_shard(const JournalDirectory& request, JournalReader& reader,
                   const std::function<Result<void>(const ShardName&)>& function) {
  const auto shards = reader.shards();
  if (!shards) return fail(shards.error());
  int code = exit_ok;
  for (const ShardName& name : shards.value()) {
    if (!is_wanted(request, name)) continue;
    const auto done = function(name);
    if (done) continue;
    report("shard " + std::to_string(name.shard.value) + " of " + name.type + ": " + done.error().message);
    code = exit_failed;
  }
  return code;
}

}  // namespace

int perform(const JournalList& request, const Process& process) {
  const auto opened = open_journal(request.directory, process);
  if (!opened) return fail(opened.error());
  JournalReader& reader = *opened.value().reader;
  return for_each_shard(request, reader, [&](const ShardName& name) -> Result<void> {
    SHOAL_TRY(found, reader.find(name));
    print(json_of(name, found));
    return success();
  });
}

int perform(const JournalStat& request, const Process& process) {
  const auto opened = open_journal(request.directory, process);
  if (!opened) return fail(opened.error());
  JournalReader& reader = *opened.value().reader;
  const auto generations = reader.generations();
  if (!generations) return fail(generations.error());
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t deletable_bytes = 0;
  for (const journal::GenerationFound& generation : generations.value()) {
    print(json_of(generation));
    segments += generation.segments;
    bytes += generation.bytes;
    if (!generation.is_named && !generation.is_written) deletable_bytes += generation.bytes;
  }
  print({{"journal", host::text_of(reader.journal())},
         {"generations", generations.value().size()},
         {"segments", segments},
         {"bytes", bytes},
         {"deletable_bytes", deletable_bytes}});
  return exit_ok;
}

int perform(const JournalDump& request, const Process& process) {
  const auto opened = open_journal(request.directory, process);
  if (!opened) return fail(opened.error());
  JournalReader& reader = *opened.value().reader;
  return for_each_shard(request, reader, [&](const ShardName& name) {
    return read_shard(reader, name, request.from,
                      [&](const journal::Record& record) { print(json_of(name.type, record)); });
  });
}

int perform(const JournalVerify& request, const Process& process) {
  const auto opened = open_journal(request.directory, process);
  if (!opened) return fail(opened.error());
  JournalReader& reader = *opened.value().reader;
  std::uint64_t shards = 0;
  std::uint64_t damaged = 0;
  std::uint64_t records = 0;
  const int code = for_each_shard(request, reader, [&](const ShardName& name) {
    ++shards;
    auto read = read_shard(reader, name, 0, [&](const journal::Record&) { ++records; });
    if (!read) ++damaged;
    return read;
  });
  print({{"shards", shards}, {"damaged", damaged}, {"records", records}});
  return code;
}

int perform(const JournalCompact& request, const Process& process) {
  const auto opened = open_journal(request.directory, process);
  if (!opened) return fail(opened.error());
  const auto planned = journal::Compaction::plan(*opened.value().storage);
  if (!planned) return fail(planned.error());
  journal::Compaction& compaction = *planned.value();
  if (!request.dry_run) {
    if (const auto done = compaction.run(); !done) return fail(done.error());
  }
  std::uint64_t claims = 0;
  for (const journal::Compaction::OfShard& shard : compaction.shards()) {
    if (shard.claims > 0) print(json_of(shard));
    claims += shard.claims;
  }
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  for (const journal::Compaction::OfGeneration& generation : compaction.generations()) {
    const std::size_t of_this = generation.segments.size() + generation.spares.size();
    if (generation.goes || of_this > 0) print(json_of(generation));
    files += of_this;
    bytes += generation.bytes;
  }
  print({{"journal", host::text_of(compaction.journal())},
         {"claims", claims},
         {"segments", files},
         {"bytes", bytes},
         {"dry_run", request.dry_run}});
  return exit_ok;
}

}  // namespace shoal::command
