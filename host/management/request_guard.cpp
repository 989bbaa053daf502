#include "host/management/request_guard.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "host/management/problem.hpp"

namespace shoal::management {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_loopback_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || value > 255 || (part == 0 && value != 127)) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) return text.empty();
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

bool has_media_type(std::string_view content_type, std::string_view media_type) {
  const std::size_t semicolon = content_type.find(';');
  if (!equals_ignoring_case(trim(content_type.substr(0, semicolon)), media_type)) return false;
  if (semicolon == std::string_view::npos) return true;
  const std::string_view parameter = trim(content_type.substr(semicolon + 1));
  return equals_ignoring_case(parameter, "charset=utf-8") ||
         equals_ignoring_case(parameter, "charset=\"utf-8\"");
}

}  // namespace

bool names_us(std::string_view host, std::uint16_t port) {
  std::string_view name = host;
  std::string_view port_text;
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && (host.front() != '[' || host[colon - 1] == ']');
  if (has_port) {
    name = host.substr(0, colon);
    port_text = host.substr(colon + 1);
  }
  if (has_port ? port_text != std::to_string(port) : port != 80) return false;
  return equals_ignoring_case(name, "localhost") || name == "[::1]" || is_loopback_ipv4(name);
}

std::optional<Response> refuse_foreign_host(const Request& request, std::uint16_t port) {
  if (!request.host) {
    return problem(400, "invalid_argument", "a request needs exactly one Host header", request.target);
  }
  if (names_us(*request.host, port)) return std::nullopt;
  return problem(421, "foreign_host",
                 "the Host header \"" + *request.host + "\" is not this port: call localhost:" +
                     std::to_string(port) + " or 127.0.0.1:" + std::to_string(port),
                 request.target);
}

bool is_form(const Request& request) {
  return request.content_type && has_media_type(*request.content_type, "application/x-www-form-urlencoded");
}

std::optional<Response> refuse_unsafe(const Request& request) {
  const bool is_put = request.method == "PUT";
  if (request.method != "POST" && !is_put && request.method != "DELETE") return std::nullopt;
  if (request.origin) {
    return problem(403, "origin_refused",
                   "a request with an Origin header is refused: this port is not for web pages",
                   request.target);
  }
  const bool is_json = request.content_type && has_media_type(*request.content_type, "application/json");
  if (request.method == "DELETE" || is_json || (is_put && is_form(request))) return std::nullopt;
  return problem(415, "unsupported_media_type",
                 std::string("send the body with Content-Type: application/json") +
                     (is_put ? " or application/x-www-form-urlencoded" : ""),
                 request.target);
}

std::string_view valid_traceparent(const Request& request) {
  constexpr std::string_view form = "00-00000000000000000000000000000000-0000000000000000-00";
  if (!request.traceparent || request.traceparent->size() != form.size()) return {};
  const bool is_valid =
      std::equal(form.begin(), form.end(), request.traceparent->begin(), [](char shape, char symbol) {
        const bool is_hex = (symbol >= '0' && symbol <= '9') || (symbol >= 'a' && symbol <= 'f');
        return shape == '-' ? symbol == '-' : is_hex;
      });
  return is_valid ? std::string_view(*request.traceparent) : std::string_view();
}

}  // namespace shoal::management
