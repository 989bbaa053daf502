#pragma once
// Host: what a module may ask of the process that loaded it. Config: its own table of the host's
// configuration file.

#include <concepts>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/abi/module.h"
#include "shoal/codec.hpp"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/errors.hpp"

namespace shoal {

enum class LogLevel : shoal_log_level {
  debug = SHOAL_LOG_DEBUG,
  info = SHOAL_LOG_INFO,
  warning = SHOAL_LOG_WARNING,
  error = SHOAL_LOG_ERROR,
};

// A number that only grows. [any-thread] Copy it freely; it lives as long as the module.
class Counter {
 public:
  Counter() = default;
  void add(std::int64_t increment = 1) const {
    if (host_ != nullptr) host_->update_metric(host_->state, number_, increment);
  }

 private:
  friend class Host;
  Counter(const shoal_host* host, std::uint32_t number) : host_(host), number_(number) {}
  const shoal_host* host_ = nullptr;
  std::uint32_t number_ = 0;
};

// A number that goes up and down. [any-thread] Copy it freely; it lives as long as the module.
class Gauge {
 public:
  Gauge() = default;
  void set(std::int64_t value) const {
    if (host_ != nullptr) host_->update_metric(host_->state, number_, value);
  }

 private:
  friend class Host;
  Gauge(const shoal_host* host, std::uint32_t number) : host_(host), number_(number) {}
  const shoal_host* host_ = nullptr;
  std::uint32_t number_ = 0;
};

// The host of this module. Valid as long as the module is loaded.
class Host {
 public:
  // Requires: `abi` outlives the object.
  explicit Host(const shoal_host* abi) : abi_(abi) {}

  std::string_view version() const { return abi_->version; }

  // Writes a line to the host's log; at most 4,096 bytes are kept. [any-thread]
  void log(LogLevel level, std::string_view text) const {
    abi_->log(abi_->state, static_cast<shoal_log_level>(level), detail::to_abi(text));
  }

  // A metric by its name, `[a-z][a-z0-9_]{0,63}`; at most 64 a module. Legal while the module is set up (the
  // constructor of shared state and `configure`); throws EffectError. [control]
  Counter counter(std::string_view name, std::string_view help) const {
    return Counter(abi_, metric(SHOAL_METRIC_COUNTER, name, help));
  }
  Gauge gauge(std::string_view name, std::string_view help) const {
    return Gauge(abi_, metric(SHOAL_METRIC_GAUGE, name, help));
  }

  // The host's memory, counted to this module. [any-thread]
  const shoal_allocator& allocator() const { return abi_->allocator; }

 private:
  std::uint32_t metric(shoal_metric_kind kind, std::string_view name, std::string_view help) const {
    std::uint32_t number = 0;
    const shoal_status status =
        abi_->register_metric(abi_->state, kind, detail::to_abi(name), detail::to_abi(help), &number);
    if (status != SHOAL_STATUS_OK) {
      throw EffectError(static_cast<Status>(status), "metric '" + std::string(name) + "'");
    }
    return number;
  }

  const shoal_host* abi_;
};

// The host's memory for containers of the standard library.
template <class T>
class HostAllocator {
 public:
  using value_type = T;

  explicit HostAllocator(const Host& host) : abi_(&host.allocator()) {}
  template <class U>
  HostAllocator(const HostAllocator<U>& other) : abi_(other.abi_) {}

  T* allocate(std::size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length();
    void* memory = abi_->allocate(abi_->state, count * sizeof(T), alignof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    abi_->release(abi_->state, memory, count * sizeof(T), alignof(T));
  }

  template <class U>
  bool operator==(const HostAllocator<U>& other) const {
    return abi_ == other.abi_;
  }

 private:
  template <class U>
  friend class HostAllocator;
  const shoal_allocator* abi_;
};

// The `config` table of the module or of the type. Valid during the call it is handed to.
class Config {
 public:
  // Requires: both outlive the object.
  Config(const shoal_config& abi, const Host& host) : abi_(abi), host_(host) {}

  const Host& host() const { return host_; }

  // The whole table as one JSON object.
  std::string_view json() const { return detail::to_view(abi_.json); }

  // The whole table as a struct with SHOAL_FIELDS. A key the struct does not have is an error, so that a
  // typing error is found; DecodeError. The codec is shoal::json of shoal/json.hpp.
  template <class T>
  T as(const Codec& codec) const {
    return decode<T>(codec, json(), UnknownFields::refuse);
  }

  // One value by its dotted path, as std::string, bool, an integer or double; std::nullopt where there is
  // none; ConfigError where it is another type or out of range.
  template <class T>
  std::optional<T> get(std::string_view path) const {
    shoal_value value{};
    value.size = sizeof(value);
    const shoal_status status = abi_.get(abi_.state, detail::to_abi(path), &value);
    if (status == SHOAL_STATUS_NOT_FOUND) return std::nullopt;
    if (status != SHOAL_STATUS_OK) throw ConfigError(named(path) + std::string(to_string(Status{status})));
    return convert<T>(path, value);
  }

 private:
  template <class T>
  static T convert(std::string_view path, const shoal_value& value) {
    if constexpr (std::same_as<T, bool>) {
      if (value.kind == SHOAL_VALUE_BOOLEAN) return value.integer != 0;
      throw ConfigError(named(path) + "must be true or false");
    } else if constexpr (std::integral<T>) {
      if (value.kind != SHOAL_VALUE_INTEGER) throw ConfigError(named(path) + "must be a whole number");
      if (!std::in_range<T>(value.integer)) throw ConfigError(named(path) + "is out of range");
      return static_cast<T>(value.integer);
    } else if constexpr (std::same_as<T, double>) {
      if (value.kind == SHOAL_VALUE_INTEGER || value.kind == SHOAL_VALUE_FLOAT) return value.real;
      throw ConfigError(named(path) + "must be a number");
    } else {
      static_assert(std::same_as<T, std::string>, "config values are std::string, bool, integers and double");
      if (value.kind == SHOAL_VALUE_STRING) return std::string(detail::to_view(value.string));
      throw ConfigError(named(path) + "must be a string");
    }
  }

  static std::string named(std::string_view path) { return "config key '" + std::string(path) + "' "; }

  const shoal_config& abi_;
  const Host& host_;
};

}  // namespace shoal
