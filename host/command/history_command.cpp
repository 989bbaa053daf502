// `shoal entity history`: what the log says of an entity, from a running host or a stopped one's directory.

#include <algorithm>
#include <iostream>
#include <set>
#include <utility>

#include "host/command/client.hpp"
#include "host/command/open_journal.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/journal_text.hpp"
#include "host/management/percent.hpp"
#include "journal/entity_records.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::command {
namespace {

constexpr std::uint64_t page_records_max = 10'000;  // what a host gives at once
constexpr std::size_t directory_bytes_max = 64 * 1024 * 1024;

using Json = nlohmann::ordered_json;
using Next = std::optional<std::uint64_t>;

int said(const Result<Next>& next) {
  if (!next) return fail(next.error());
  if (next.value()) report("there is more: --from " + std::to_string(*next.value()) + ", or raise --limit");
  return exit_ok;
}

// A host bounds what it answers at once; page follows page.
Result<Next> ask_host(const EntityHistory& request) {
  const std::string target = "/v1/entities/" + management::percent_encode(request.type) + "/" +
                             management::percent_encode(request.id) + "/history";
  Next from = request.from;
  for (std::uint64_t left = request.limit; left > 0 && from;) {
    const std::string query =
        "?from=" + std::to_string(*from) + "&limit=" + std::to_string(std::min(left, page_records_max));
    SHOAL_TRY(page, call_host_for_json(request.client, {"GET", target + query, ""}));
    const auto records = page.find("records");
    const auto next = page.find("next");
    if (records == page.end() || !records->is_array() || next == page.end()) {
      return error(ErrorCode::failed, "the host's answer is no history: is it of another version?");
    }
    for (const Json& record : *records) std::cout << record.dump() << '\n';
    left -= std::min<std::uint64_t>(left, records->size());
    from = next->is_number_unsigned() ? Next(next->get<std::uint64_t>()) : std::nullopt;
  }
  return from;
}

// Beside a host that writes, the last records need not count yet.
Result<void> check_unused(journal::JournalReader& reader, const std::filesystem::path& directory) {
  SHOAL_TRY(generations, reader.generations());
  for (const journal::GenerationFound& generation : generations) {
    if (!generation.is_written) continue;
    return error(ErrorCode::unavailable,
                 directory.string() + ": a host uses it: ask that one, without --dir");
  }
  return success();
}

Result<journal::EntityRecords::Found> records_of_shard(journal::JournalReader& reader,
                                                       const journal::ShardName& name,
                                                       journal::EntityRecords::Wanted wanted) {
  const journal::Sequence from = wanted.from;
  journal::EntityRecords records(std::move(wanted));
  SHOAL_TRY(found, reader.find(name));
  SHOAL_TRY(log, reader.read(name, found, from));
  while (log) {
    SHOAL_TRY(more, log->step(records));
    if (!more) break;
  }
  return records.take();
}

Error no_such_type(const std::string& type, const std::set<std::string>& types) {
  std::string names;
  for (const std::string& name : types) names += (names.empty() ? "" : ", ") + name;
  return error(ErrorCode::not_found,
               "the journal has no type '" + type + "', it has " + (names.empty() ? "none" : names));
}

// How many shards the type had stands nowhere, so all are looked at: one of them has the entity.
Result<Next> read_directory(const EntityHistory& request, const Process& process) {
  SHOAL_TRY(opened, open_journal(request.directory, process));
  SHOAL_TRYV(check_unused(*opened.reader, request.directory));
  SHOAL_TRY(shards, opened.reader->shards());
  std::set<std::string> types;
  for (const journal::ShardName& name : shards) types.insert(name.type);
  if (!types.contains(request.type)) return no_such_type(request.type, types);
  std::uint64_t printed = 0;
  for (const journal::ShardName& name : shards) {
    if (name.type != request.type) continue;
    SHOAL_TRY(found, records_of_shard(*opened.reader, name,
                                      {request.id, journal::Sequence(request.from), request.limit - printed,
                                       directory_bytes_max}));
    journal::RecordDecoder decoder;
    for (const std::string& bytes : found.records) {
      const auto record = decoder.decode(bytes);
      SHOAL_ASSERT(record.has_value());  // it was read before
      std::cout << host::line_of(host::json_of_history(record.value(), request.id, {})) << '\n';
    }
    printed += found.records.size();
    if (found.next) return Next(found.next->value);
    if (printed == request.limit) break;
  }
  if (printed > 0 || request.from > 1) return Next();
  return error(ErrorCode::not_found, "the journal says nothing of such an entity of type " + request.type);
}

}  // namespace

int perform(const EntityHistory& request, const Process& process) {
  return said(request.directory.empty() ? ask_host(request) : read_directory(request, process));
}

}  // namespace shoal::command
