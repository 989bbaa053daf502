// bench_local MODULE ROW [ARGUMENT]: one run of a local row. Prints the row's figures, each with its floor.
//   tell LANES    messages/s
//   ask SPIN_US   median round trip in µs to another lane, one ask at a time
//   asks          asks/s to another lane, 64 at a time
//   ask_same      median round trip in µs on one lane; no floor
//   activate      activations/s, and bytes an entity

#include <cstdio>
#include <string>

#include "local_rows.hpp"

using namespace shoal::bench;

namespace {

constexpr std::uint32_t kOutstanding = 64;

void print(const Figures& figures) { std::printf("%.3f %.3f\n", figures.value, figures.floor); }

void run(const std::string& row, const std::string& argument, LocalLanes::Options options) {
  if (row == "tell") {
    options.lanes = static_cast<std::uint32_t>(std::stoul(argument));
    print(measure_tell(options));
  } else if (row == "ask") {
    options.lanes = 2;
    options.spin = std::chrono::microseconds(std::stol(argument));
    const double value = measure_ask(options, {}).median_us;
    print({value, measure_hand_over(1).median_us});
  } else if (row == "asks") {
    options.lanes = 2;
    const double value = measure_ask(options, {kOutstanding, false}).per_second;
    print({value, measure_hand_over(kOutstanding).per_second});
  } else if (row == "ask_same") {
    std::printf("%.3f\n", measure_ask(options, {1, true}).median_us);
  } else if (row == "activate") {
    const ActivateFigures figures = measure_activate(options);
    print(figures.per_second);
    print(figures.bytes);
  } else {
    fail("no such row: " + row);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 3) fail("usage: bench_local MODULE ROW [ARGUMENT]");
  LocalLanes::Options options;
  options.module = arguments[1];
  run(arguments[2], argument_count > 3 ? arguments[3] : "1", options);
}
