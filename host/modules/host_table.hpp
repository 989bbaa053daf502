#pragma once
// What the host offers one loaded generation: the shoal_host of the ABI with allocator, log and metrics.
// Owned by its Generation, which outlives every call of the module. Its functions follow the ABI's thread
// tags; `metrics` may be called by any thread. Metrics are bounded by `metrics_max`; an update is one relaxed
// atomic operation.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/module.h"

namespace shoal::modules {

// Receives what modules log, cut to 4,096 bytes. [any-thread]
using LogFunction =
    std::function<void(shoal_log_level level, std::string_view module, std::string_view text)>;

struct MetricValue {
  std::string name;
  std::string help;
  shoal_metric_kind kind = SHOAL_METRIC_COUNTER;
  std::int64_t value = 0;
};

class HostTable {
 public:
  static constexpr std::uint32_t metrics_max = 64;
  static constexpr std::uint64_t log_bytes_max = 4'096;
  static constexpr std::uint64_t help_bytes_max = 1'024;

  // `module` names the module in the log.
  HostTable(std::string module, std::string host_version, LogFunction log);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  // Lives as long as this object.
  const shoal_host* abi() const { return &abi_; }
  std::vector<MetricValue> metrics() const;

  // Metrics may be registered only while the generation is being loaded. [control]
  void close_registration() { registration_open_ = false; }

  // A line of the host's own about this module.
  void log(shoal_log_level level, std::string_view text) const;

 private:
  struct alignas(64) Metric {  // a cache line each: lanes update different metrics at the same time
    std::atomic<std::int64_t> value{0};
    shoal_metric_kind kind = SHOAL_METRIC_COUNTER;
    std::string name;
    std::string help;
  };

  static void abi_log(void* state, shoal_log_level level, shoal_bytes text);
  static shoal_status abi_register_metric(void* state, shoal_metric_kind kind, shoal_bytes name,
                                          shoal_bytes help, std::uint32_t* metric);
  static shoal_status abi_update_metric(void* state, std::uint32_t metric, std::int64_t value);
  shoal_status register_metric(shoal_metric_kind kind, std::string_view name, std::string_view help,
                               std::uint32_t& metric);

  std::string module_;
  std::string host_version_;
  LogFunction log_;
  std::array<Metric, metrics_max> metrics_;
  std::atomic<std::uint32_t> metric_count_{0};  // published after the metric's fields are written
  std::atomic<bool> registration_open_{true};
  shoal_host abi_;
};

}  // namespace shoal::modules
