#pragma once
// The texts of [cluster] that are more than a name. For each: what is wrong with it, as words that follow it
// in a message, or nothing; and its value, none where something is wrong. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/config/config.hpp"

namespace shoal::config {

struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
};

// HOST:PORT or [IPv6]:PORT.
std::optional<HostPort> read_host_port(std::string_view text);

// Whether only this machine reaches it: 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);
// Whether it stands for every address of the machine.
bool is_wildcard(std::string_view host);

// HOST:PORT, the port 0 for any that is free; or empty.
std::string_view bind_problem(std::string_view text);
// HOST:PORT as another host reaches it: no wildcard and no port 0.
std::string_view address_problem(std::string_view text);
std::string_view address_or_empty_problem(std::string_view text);

// ROLE=N.
std::string_view role_members_problem(std::string_view text);
std::optional<RoleMembers> read_role_members(std::string_view text);

}  // namespace shoal::config
