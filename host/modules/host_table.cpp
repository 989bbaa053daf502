#include "host/modules/host_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "shoal/base/bytes.hpp"

namespace shoal::modules {

namespace {

bool is_alignment(std::uint64_t alignment) { return alignment != 0 && (alignment & (alignment - 1)) == 0; }

void* allocate(void* /*state*/, std::uint64_t size, std::uint64_t alignment) {
  if (!is_alignment(alignment) || size > PTRDIFF_MAX || alignment > PTRDIFF_MAX) {
    return nullptr;
  }
  return ::operator new(static_cast<std::size_t>(std::max<std::uint64_t>(size, 1)),
                        static_cast<std::align_val_t>(alignment), std::nothrow);
}

void release(void* /*state*/, void* memory, std::uint64_t /*size*/, std::uint64_t alignment) {
  if (memory != nullptr) {
    ::operator delete(memory, static_cast<std::align_val_t>(alignment));
  }
}

// `[a-z][a-z0-9_]{0,63}`
bool is_metric_name(std::string_view name) {
  const auto is_lower = [](char letter) { return letter >= 'a' && letter <= 'z'; };
  const auto is_legal = [&](char letter) {
    return is_lower(letter) || (letter >= '0' && letter <= '9') || letter == '_';
  };
  return !name.empty() && name.size() <= 64 && is_lower(name.front()) && std::ranges::all_of(name, is_legal);
}

// The first `bytes_max` bytes, without half a UTF-8 character at the end.
std::string_view cut(std::string_view text, std::uint64_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  std::size_t length = static_cast<std::size_t>(bytes_max);
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  return text.substr(0, length);
}

}  // namespace

HostTable::HostTable(std::string module, std::string host_version, LogFunction log)
    : module_(std::move(module)),
      host_version_(std::move(host_version)),
      log_(std::move(log)),
      abi_{sizeof(shoal_host),
           SHOAL_ABI,
           this,
           host_version_.c_str(),
           {sizeof(shoal_allocator), 0, nullptr, &allocate, &release},
           &HostTable::abi_log,
           &HostTable::abi_register_metric,
           &HostTable::abi_update_metric} {}

void HostTable::log(shoal_log_level level, std::string_view text) const {
  if (!log_) {
    return;
  }
  try {
    log_(level, module_, text);
  } catch (...) {
    // A line that cannot be logged is lost: the caller is the module, and no exception may cross into it.
  }
}

void HostTable::abi_log(void* state, shoal_log_level level, shoal_bytes text) {
  const auto& self = *static_cast<const HostTable*>(state);
  const shoal_log_level known = std::clamp<shoal_log_level>(level, SHOAL_LOG_DEBUG, SHOAL_LOG_ERROR);
  self.log(known, cut(to_view(text), log_bytes_max));
}

shoal_status HostTable::abi_register_metric(void* state, shoal_metric_kind kind, shoal_bytes name,
                                            shoal_bytes help, std::uint32_t* metric) {
  if (metric == nullptr) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  try {
    return static_cast<HostTable*>(state)->register_metric(kind, to_view(name), to_view(help), *metric);
  } catch (const std::bad_alloc&) {
    return SHOAL_STATUS_OUT_OF_MEMORY;
  }
}

shoal_status HostTable::register_metric(shoal_metric_kind kind, std::string_view name, std::string_view help,
                                        std::uint32_t& metric) {
  if (!registration_open_) {
    return SHOAL_STATUS_WRONG_PHASE;
  }
  if (!is_metric_name(name) || (kind != SHOAL_METRIC_COUNTER && kind != SHOAL_METRIC_GAUGE)) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  const std::uint32_t count = metric_count_.load(std::memory_order_relaxed);
  for (std::uint32_t index = 0; index < count; ++index) {
    if (metrics_[index].name == name) {
      metric = index;
      return metrics_[index].kind == kind ? SHOAL_STATUS_OK : SHOAL_STATUS_INVALID_ARGUMENT;
    }
  }
  if (count == metrics_max) {
    return SHOAL_STATUS_TOO_LARGE;
  }
  metrics_[count].kind = kind;
  metrics_[count].name = name;
  metrics_[count].help = cut(help, help_bytes_max);
  metric_count_.store(count + 1, std::memory_order_release);
  metric = count;
  return SHOAL_STATUS_OK;
}

shoal_status HostTable::abi_update_metric(void* state, std::uint32_t metric, std::int64_t value) {
  auto& self = *static_cast<HostTable*>(state);
  if (metric >= self.metric_count_.load(std::memory_order_acquire)) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  Metric& updated = self.metrics_[metric];
  if (updated.kind == SHOAL_METRIC_GAUGE) {
    updated.value.store(value, std::memory_order_relaxed);
    return SHOAL_STATUS_OK;
  }
  if (value < 0) {
    return SHOAL_STATUS_INVALID_ARGUMENT;
  }
  updated.value.fetch_add(value, std::memory_order_relaxed);
  return SHOAL_STATUS_OK;
}

std::vector<MetricValue> HostTable::metrics() const {
  const std::uint32_t count = metric_count_.load(std::memory_order_acquire);
  std::vector<MetricValue> values;
  values.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    const Metric& metric = metrics_[index];
    values.push_back({metric.name, metric.help, metric.kind, metric.value.load(std::memory_order_relaxed)});
  }
  return values;
}

}  // namespace shoal::modules
