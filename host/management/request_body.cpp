#include "host/management/request_body.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/management/json_text.hpp"

namespace shoal::management {
namespace {

constexpr std::uint32_t ask_timeout_ms_max = 86'400'000;

Result<std::string> read_text(const JsonMember& member) {
  const auto value = nlohmann::json::parse(member.value);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return error(ErrorCode::invalid_argument,
                 "the member \"" + member.name + "\" is a string that is not empty");
  }
  return value.get<std::string>();
}

Result<std::uint32_t> read_timeout(const JsonMember& member) {
  const auto value = nlohmann::json::parse(member.value);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
      value.get<std::uint64_t>() > ask_timeout_ms_max) {
    return error(ErrorCode::invalid_argument,
                 "timeout_ms is a whole number from 1 to " + std::to_string(ask_timeout_ms_max));
  }
  return value.get<std::uint32_t>();
}

// Empty for none.
Result<std::string> read_receipt(const JsonMember& member) {
  SHOAL_TRY(level, read_text(member));
  if (level == "none") return std::string();
  if (level == "accepted" || level == "processed" || level == "persisted") return level;
  return error(ErrorCode::invalid_argument, "receipt is none, accepted, processed or persisted");
}

Error unknown_member(const std::string& name, std::string_view known) {
  return error(ErrorCode::invalid_argument,
               "the member \"" + name + "\" is unknown; the object takes " + std::string(known));
}

// Of an object with one text.
Result<std::string> read_single(std::string_view body, const std::string& name,
                                const std::string& next_step) {
  SHOAL_TRY(members, json_members(body));
  std::string text;
  for (const JsonMember& member : members) {
    if (member.name != name) return unknown_member(member.name, name);
    SHOAL_TRY(read, read_text(member));
    text = std::move(read);
  }
  if (!text.empty()) return text;
  return error(ErrorCode::invalid_argument, "the member \"" + name + "\" is missing: " + next_step);
}

}  // namespace

Result<EntityMessage> read_message(std::string_view body, MessageKind kind) {
  SHOAL_TRY(members, json_members(body));
  EntityMessage message;
  for (const JsonMember& member : members) {
    if (member.name == "message") {
      SHOAL_TRY(name, read_text(member));
      message.message = std::move(name);
    } else if (member.name == "body") {
      message.body = member.value;
    } else if (member.name == "timeout_ms") {
      SHOAL_TRY(timeout_ms, read_timeout(member));
      message.timeout_ms = timeout_ms;
    } else if (member.name == "receipt" && kind == MessageKind::tell) {
      SHOAL_TRY(receipt, read_receipt(member));
      message.receipt = std::move(receipt);
    } else {
      return unknown_member(member.name, kind == MessageKind::tell ? "message, body, timeout_ms and receipt"
                                                                   : "message, body and timeout_ms");
    }
  }
  if (message.message.empty()) {
    return error(ErrorCode::invalid_argument, "the member \"message\" is missing: name the message");
  }
  return message;
}

Result<std::string> read_module_path(std::string_view body) {
  SHOAL_TRY(path, read_single(body, "path", "name the module's file"));
  if (path.find('\0') != std::string::npos) {
    return error(ErrorCode::invalid_argument, "the member \"path\" has a NUL character");
  }
  return path;
}

Result<TypeChange> read_type_change(std::string_view body) {
  SHOAL_TRY(members, json_members(body));
  if (members.empty()) {
    return error(ErrorCode::invalid_argument,
                 "the member \"active_entities_max\" is missing: nothing changes");
  }
  TypeChange change;
  for (const JsonMember& member : members) {
    if (member.name != "active_entities_max") return unknown_member(member.name, "active_entities_max");
    const auto value = nlohmann::json::parse(member.value);
    if (value.is_null()) continue;
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
        value.get<std::uint64_t>() > UINT32_MAX) {
      return error(ErrorCode::invalid_argument,
                   "active_entities_max is null, for no limit, or a whole number from 1 to " +
                       std::to_string(UINT32_MAX));
    }
    change.active_entities_max = value.get<std::uint32_t>();
  }
  return change;
}

Result<MemberOperation> read_operation(std::string_view body, bool is_form) {
  constexpr std::string_view field = "operation=";
  std::string name;
  if (is_form) {
    name = body.starts_with(field) ? body.substr(field.size()) : "";
  } else {
    SHOAL_TRY(text, read_single(body, "operation", "say leave or down"));
    name = std::move(text);
  }
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name == "leave") return MemberOperation::leave;
  if (name == "down") return MemberOperation::down;
  return error(ErrorCode::invalid_argument, "the operation on a member is leave or down");
}

Result<std::string> read_address(std::string_view body) {
  return read_single(body, "address", "name a host of the cluster, HOST:PORT");
}

Result<void> read_nothing(std::string_view body) {
  SHOAL_TRY(members, json_members(body));
  if (members.empty()) return success();
  return error(ErrorCode::invalid_argument, "the member \"" + members[0].name + "\" is unknown: send {}");
}

}  // namespace shoal::management
