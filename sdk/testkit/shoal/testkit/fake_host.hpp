#pragma once
// The host's table as a module under test sees it: log lines, metrics and memory are kept to be looked at.

#include <cstdint>
#include <map>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/module.h"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/host.hpp"
#include "shoal/testkit/misuse.hpp"

namespace shoal::testkit {

struct LogLine {
  LogLevel level;
  std::string text;
};

// Not movable: the ABI points into it. Its functions are [any-thread], as the ABI says.
class FakeHost {
 public:
  FakeHost() {
    abi_.size = sizeof(abi_);
    abi_.abi = SHOAL_ABI;
    abi_.state = this;
    abi_.version = "testkit";
    abi_.allocator = {sizeof(shoal_allocator), 0, this, &allocate, &release};
    abi_.log = &log;
    abi_.register_metric = &register_metric;
    abi_.update_metric = &update_metric;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const shoal_host* abi() const { return &abi_; }

  std::vector<LogLine> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

  // Misuse for a name the module has not registered.
  std::int64_t metric(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    for (const Metric& metric : metrics_) {
      if (metric.name == name) return metric.value;
    }
    throw Misuse("the module has registered no metric '" + std::string(name) + "'");
  }

  // Bytes of the host's memory the module holds.
  std::uint64_t allocated_bytes() const {
    const std::scoped_lock lock(mutex_);
    return allocated_bytes_;
  }

  // Metrics are registered while the module is set up only.
  void end_setup() { setting_up_ = false; }

 private:
  static constexpr std::size_t metrics_max = 64;
  static constexpr std::size_t log_bytes_max = 4096;

  struct Metric {
    std::string name;
    shoal_metric_kind kind;
    std::int64_t value;
  };

  static FakeHost& of(void* state) { return *static_cast<FakeHost*>(state); }

  static void* allocate(void* state, std::uint64_t size, std::uint64_t alignment) {
    void* memory = ::operator new(size, std::align_val_t{alignment}, std::nothrow);
    if (memory == nullptr) return nullptr;
    const std::scoped_lock lock(of(state).mutex_);
    of(state).allocated_bytes_ += size;
    return memory;
  }

  static void release(void* state, void* memory, std::uint64_t size, std::uint64_t alignment) {
    ::operator delete(memory, std::align_val_t{alignment});
    const std::scoped_lock lock(of(state).mutex_);
    of(state).allocated_bytes_ -= size;
  }

  static void log(void* state, shoal_log_level level, shoal_bytes text) {
    const std::scoped_lock lock(of(state).mutex_);
    of(state).lines_.push_back(
        {LogLevel{level}, std::string(detail::to_view(text).substr(0, log_bytes_max))});
  }

  static bool is_metric_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name[0] < 'a' || name[0] > 'z') return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  }

  static shoal_status register_metric(void* state, shoal_metric_kind kind, shoal_bytes name, shoal_bytes,
                                      std::uint32_t* number) {
    FakeHost& host = of(state);
    const std::scoped_lock lock(host.mutex_);
    if (!host.setting_up_) return SHOAL_STATUS_WRONG_PHASE;
    const std::string_view text = detail::to_view(name);
    if (!is_metric_name(text)) return SHOAL_STATUS_INVALID_ARGUMENT;
    if (kind != SHOAL_METRIC_COUNTER && kind != SHOAL_METRIC_GAUGE) return SHOAL_STATUS_INVALID_ARGUMENT;
    for (std::size_t i = 0; i < host.metrics_.size(); ++i) {
      if (host.metrics_[i].name != text) continue;
      *number = static_cast<std::uint32_t>(i);
      return host.metrics_[i].kind == kind ? SHOAL_STATUS_OK : SHOAL_STATUS_INVALID_ARGUMENT;
    }
    if (host.metrics_.size() == metrics_max) return SHOAL_STATUS_TOO_LARGE;
    *number = static_cast<std::uint32_t>(host.metrics_.size());
    host.metrics_.push_back({std::string(text), kind, 0});
    return SHOAL_STATUS_OK;
  }

  static shoal_status update_metric(void* state, std::uint32_t number, std::int64_t value) {
    FakeHost& host = of(state);
    const std::scoped_lock lock(host.mutex_);
    if (number >= host.metrics_.size()) return SHOAL_STATUS_INVALID_ARGUMENT;
    Metric& metric = host.metrics_[number];
    metric.value = metric.kind == SHOAL_METRIC_COUNTER ? metric.value + value : value;
    return SHOAL_STATUS_OK;
  }

  shoal_host abi_{};
  mutable std::mutex mutex_;
  std::vector<LogLine> lines_;
  std::vector<Metric> metrics_;
  std::uint64_t allocated_bytes_ = 0;
  bool setting_up_ = true;
};

}  // namespace shoal::testkit
