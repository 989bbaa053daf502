#pragma once
// What the bodies of POST requests say. Pure.

#include <string>
#include <string_view>

#include "host/management/host_api.hpp"

namespace shoal::management {

enum class MessageKind { ask, tell };

// Of …/ask and …/tell: the message, its body and `timeout_ms`, which is 0 where it was left out; of a tell
// also its receipt.
Result<EntityMessage> read_message(std::string_view body, MessageKind kind);

// Of a module to load.
Result<std::string> read_module_path(std::string_view body);

// Of a type to change; a limit that is null is none.
Result<TypeChange> read_type_change(std::string_view body);

// Of an operation on a member: {"operation"} or, of a form, operation=…; leave or down, in any case.
Result<MemberOperation> read_operation(std::string_view body, bool is_form);

// Of a cluster to join.
Result<std::string> read_address(std::string_view body);

// Of what takes an empty object.
Result<void> read_nothing(std::string_view body);

}  // namespace shoal::management
