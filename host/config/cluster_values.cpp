#include "host/config/cluster_values.hpp"

#include <algorithm>
#include <charconv>

#include "host/config/names.hpp"

namespace shoal::config {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_host(std::string_view text, bool is_bracketed) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [&](char c) {
    return is_host_character(c) || (is_bracketed && (c == ':' || c == '%'));
  });
}

}  // namespace

std::optional<HostPort> read_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = number_of<std::uint16_t>(text.substr(colon + 1));
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (!port || !is_host(host, is_bracketed)) return std::nullopt;
  return HostPort{std::string{host}, *port};
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

std::string_view bind_problem(std::string_view text) {
  return text.empty() || read_host_port(text) ? "" : "must be HOST:PORT, such as 10.0.0.1:25520";
}

std::string_view address_problem(std::string_view text) {
  const auto address = read_host_port(text);
  return address && address->port != 0 && !is_wildcard(address->host)
             ? ""
             : "must be HOST:PORT as others reach it, such as 10.0.0.1:25520";
}

std::string_view address_or_empty_problem(std::string_view text) {
  return text.empty() ? "" : address_problem(text);
}

std::string_view role_members_problem(std::string_view text) {
  return read_role_members(text) ? "" : "must be ROLE=N with N from 1 to 10000, such as backend=2";
}

std::optional<RoleMembers> read_role_members(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view role = text.substr(0, equals);
  const auto members = number_of<std::uint32_t>(text.substr(equals + 1));
  if (!element_name_problem(role).empty() || !members || *members < 1 || *members > 10'000)
    return std::nullopt;
  return RoleMembers{std::string{role}, *members};
}

}  // namespace shoal::config
