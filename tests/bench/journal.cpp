// bench_journal MODULE DIRECTORY ROW [EVENTS]: one run of a row of the journal, in a directory that is empty.
// Prints the row's figure, and its floor where it has one.
//   append EVENTS   events/s, those of a raw file, those of RocksDB
//   persist_ask     median in µs of an ask that persists an event, one at a time
//   persist_asks    such asks/s, 256 at a time; no floor
//   replay EVENTS   events/s; no floor
//   takeover        ms until the first answer; no floor

#include <cstdio>
#include <string>

#include "journal_rows.hpp"

using namespace shoal::bench;

namespace {

void print(const Figures& figures) { std::printf("%.3f %.3f\n", figures.value, figures.floor); }
void print(double value) { std::printf("%.3f\n", value); }

void run(const std::string& row, std::uint64_t events, const LocalLanes::Options& options) {
  if (row == "append") {
    const AppendFigures figures = measure_append(options.journal, events);
    std::printf("%.3f %.3f %.3f\n", figures.per_second, figures.raw_per_second, figures.rocksdb_per_second);
  } else if (row == "persist_ask") {
    print(measure_persist_ask(options));
  } else if (row == "persist_asks") {
    print(measure_persist_asks(options));
  } else if (row == "replay") {
    print(measure_replay(options, events));
  } else if (row == "takeover") {
    print(measure_takeover(options));
  } else {
    fail("no such row: " + row);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 4) fail("usage: bench_journal MODULE DIRECTORY ROW [EVENTS]");
  LocalLanes::Options options;
  options.module = arguments[1];
  options.journal = arguments[2];
  run(arguments[3], argument_count > 4 ? std::stoull(arguments[4]) : 0, options);
}
