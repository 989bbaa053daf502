// The rows persist_ask and persist_asks: an entity asks one of the same lane, which persists an event before
// it answers.

#include <algorithm>
#include <chrono>
#include <vector>

#include "journal_rows.hpp"
#include "raw_file.hpp"

namespace shoal::bench {

namespace {

constexpr std::uint32_t kAsks = 5'000;
constexpr std::uint32_t kAsksAtOnce = 100'000;
constexpr std::uint32_t kOutstanding = 256;
constexpr std::size_t kRecordBytes = 200;  // about what stands in the log of such an ask

double median_sync_us(const std::filesystem::path& path) {
  RawFile file(path, kAsks * kRecordBytes);
  std::vector<double> samples;
  for (std::uint32_t i = 0; i < kAsks; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    file.write_and_sync(kRecordBytes);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    samples.push_back(took.count());
  }
  std::nth_element(samples.begin(), samples.begin() + kAsks / 2, samples.end());
  return samples[kAsks / 2];
}

}  // namespace

Figures measure_persist_ask(const LocalLanes::Options& options) {
  const double value = measure_ask(options, {1, true, true, kAsks}).median_us;
  return {value, median_sync_us(options.journal / "raw")};
}

double measure_persist_asks(LocalLanes::Options options) {
  return measure_ask(options, {kOutstanding, true, true, kAsksAtOnce}).per_second;
}

}  // namespace shoal::bench
