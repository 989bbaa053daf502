#include "host/modules/handshake.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "shoal/event_number.hpp"

namespace shoal::modules {

namespace {

constexpr std::size_t version_bytes_max = 64;
constexpr std::size_t built_with_bytes_max = 256;

Error refuse(std::string reason) { return error(ErrorCode::failed, std::move(reason)); }

bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// The string at `text`, or nothing where it is null or longer than `bytes_max`.
std::optional<std::string_view> bounded_string(const char* text, std::size_t bytes_max) {
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::size_t length = ::strnlen(text, bytes_max + 1);
  if (length > bytes_max) {
    return std::nullopt;
  }
  return std::string_view{text, length};
}

// `[A-Za-z][A-Za-z0-9_.-]{0,63}`, the form of message and event names.
bool is_message_name(std::string_view text) {
  const auto is_letter = [](char letter) { return is_lower(letter) || (letter >= 'A' && letter <= 'Z'); };
  const auto is_legal = [&](char letter) {
    return is_letter(letter) || is_digit(letter) || letter == '_' || letter == '.' || letter == '-';
  };
  return !text.empty() && text.size() <= 64 && is_letter(text.front()) && std::ranges::all_of(text, is_legal);
}

// A table's elements are as far apart as its first one says it is long; that must hold our fields and keep
// them aligned.
bool is_stride(std::uint32_t stride, std::size_t known_size) {
  constexpr std::uint32_t stride_max = 65'536;
  return stride >= known_size && stride <= stride_max && stride % 8 == 0;
}

Result<void> check_messages(const shoal_entity_type& type, const std::string& of) {
  if (type.message_count < 1 || type.message_count > messages_max || type.messages == nullptr) {
    return refuse(of + " has " + std::to_string(type.message_count) + " messages: 1 to 4096 are allowed");
  }
  std::set<std::string_view> names;
  for (std::uint32_t index = 0; index < type.message_count; ++index) {
    const std::string where = of + ", message " + std::to_string(index);
    const shoal_message_type& message = *table_element(type.messages, index);
    if (message.size != type.messages->size || !is_stride(message.size, sizeof(shoal_message_type))) {
      return refuse(where + ": its size field is wrong: rebuild the module with this host's SDK");
    }
    const auto name = bounded_string(message.name, 64);
    if (!name || !is_message_name(*name)) {
      return refuse(where + ": its name must match [A-Za-z][A-Za-z0-9_.-]{0,63}");
    }
    if (message.codec > SHOAL_CODEC_MSGPACK) {
      return refuse(where + " (" + std::string{*name} + "): codec " + std::to_string(message.codec) +
                    " is unknown");
    }
    if (!names.insert(*name).second) {
      return refuse(of + " has two messages named " + std::string{*name});
    }
  }
  return success();
}

Result<void> check_events(const shoal_entity_type& type, const std::string& of) {
  constexpr std::uint32_t events_max = 4'096;
  if (type.event_count == 0) {
    return success();
  }
  if (type.event_count > events_max || type.events == nullptr) {
    return refuse(of + " has " + std::to_string(type.event_count) + " events: at most 4096 are allowed");
  }
  if (type.apply == nullptr) {
    return refuse(of + " has events but no function apply");
  }
  std::set<std::pair<std::string_view, std::uint32_t>> names;
  std::map<std::uint32_t, std::string_view> by_number;
  for (std::uint32_t index = 0; index < type.event_count; ++index) {
    const std::string where = of + ", event " + std::to_string(index);
    const shoal_event_type& event = *table_element(type.events, index);
    if (event.size != type.events->size || !is_stride(event.size, sizeof(shoal_event_type))) {
      return refuse(where + ": its size field is wrong: rebuild the module with this host's SDK");
    }
    const auto name = bounded_string(event.name, 64);
    if (!name || !is_message_name(*name)) {
      return refuse(where + ": its name must match [A-Za-z][A-Za-z0-9_.-]{0,63}");
    }
    if (event.codec > SHOAL_CODEC_MSGPACK) {
      return refuse(where + " (" + std::string{*name} + "): codec " + std::to_string(event.codec) +
                    " is unknown");
    }
    if (!names.insert({*name, event.version}).second) {
      return refuse(of + " has two events named " + std::string{*name} + " of one version");
    }
    const auto same = by_number.emplace(event_number(*name), *name).first;
    if (same->second != *name) {
      return refuse(of + ": the names of its events " + std::string{same->second} + " and " +
                    std::string{*name} + " have the same CRC32C, by which a journal names them: rename one");
    }
  }
  return success();
}

Result<void> check_slot(const shoal_entity_type& type, const std::string& of) {
  if (type.slot_size < 1 || type.slot_size > slot_bytes_max) {
    return refuse(of + " asks for slots of " + std::to_string(type.slot_size) +
                  " bytes: 1 to 1048576 are allowed");
  }
  const std::uint64_t alignment = type.slot_alignment;
  if (alignment < 1 || alignment > slot_alignment_max || (alignment & (alignment - 1)) != 0) {
    return refuse(of + " asks for slots aligned to " + std::to_string(alignment) +
                  " bytes: a power of two from 1 to 4096 is allowed");
  }
  return success();
}

Result<void> check_functions(const shoal_entity_type& type, const std::string& of) {
  if (type.construct == nullptr) {
    return refuse(of + " has no function construct");
  }
  if (type.destroy == nullptr) {
    return refuse(of + " has no function destroy");
  }
  if (type.receive == nullptr) {
    return refuse(of + " has no function receive");
  }
  if ((type.save == nullptr) != (type.state_version == 0)) {
    return refuse(of + " has state version " + std::to_string(type.state_version) + " and " +
                  (type.save == nullptr ? "no" : "a") +
                  " function save: the version is 0 exactly where save is absent");
  }
  return success();
}

// Requires: the element's size has been checked.
Result<void> check_entity_type(const shoal_entity_type& type, std::uint32_t index) {
  const auto name = bounded_string(type.name, 64);
  if (!name || !is_name(*name)) {
    return refuse("entity type " + std::to_string(index) + ": its name must match [a-z][a-z0-9_-]{0,63}");
  }
  const std::string of = "entity type " + std::string{*name};
  if (type.execution > SHOAL_EXECUTION_BLOCKING) {
    return refuse(of + " asks for execution " + std::to_string(type.execution) +
                  ": this host knows SHOAL_EXECUTION_LANE and SHOAL_EXECUTION_BLOCKING");
  }
  SHOAL_TRYV(check_slot(type, of));
  SHOAL_TRYV(check_functions(type, of));
  SHOAL_TRYV(check_messages(type, of));
  return check_events(type, of);
}

}  // namespace

std::string describe_abi(std::uint32_t abi) {
  const bool is_draft = (abi & SHOAL_ABI_DRAFT_BIT) != 0;
  return (is_draft ? "draft " : "revision ") + std::to_string(abi & ~SHOAL_ABI_DRAFT_BIT);
}

bool is_name(std::string_view text) {
  const auto is_legal = [](char letter) {
    return is_lower(letter) || is_digit(letter) || letter == '_' || letter == '-';
  };
  return !text.empty() && text.size() <= 64 && is_lower(text.front()) && std::ranges::all_of(text, is_legal);
}

Result<void> check_module(const shoal_module* module) {
  if (module->magic != SHOAL_MODULE_MAGIC) {
    return refuse("wrong magic number: it exports " SHOAL_MODULE_ENTRY_NAME " but is no Shoal module");
  }
  if (module->abi != SHOAL_ABI) {
    return refuse("built for ABI " + describe_abi(module->abi) + ", this host has " +
                  describe_abi(SHOAL_ABI) + ": rebuild the module with this host's SDK");
  }
  if (module->size < sizeof(shoal_module)) {
    return refuse("its module table has " + std::to_string(module->size) + " bytes, " +
                  std::to_string(sizeof(shoal_module)) +
                  " are needed: rebuild the module with this host's SDK");
  }
  const auto id = bounded_string(module->id, 64);
  if (!id || !is_name(*id)) {
    return refuse("its id must match [a-z][a-z0-9_-]{0,63}");
  }
  if (!bounded_string(module->version, version_bytes_max)) {
    return refuse("its version is missing or longer than 64 bytes");
  }
  if (!bounded_string(module->built_with, built_with_bytes_max)) {
    return refuse("its built_with is missing or longer than 256 bytes");
  }
  if (module->init == nullptr || module->quiesce == nullptr || module->deinit == nullptr ||
      module->get_factory == nullptr) {
    return refuse("its module table lacks one of the functions init, quiesce, deinit, get_factory");
  }
  return success();
}

Result<std::vector<const shoal_entity_type*>> check_entity_factory(const shoal_entity_factory* factory) {
  if (factory == nullptr) {
    return refuse("it has no factory " SHOAL_ENTITY_FACTORY_ID ": it offers nothing this host can use");
  }
  if (factory->size < sizeof(shoal_entity_factory)) {
    return refuse("its factory " SHOAL_ENTITY_FACTORY_ID " has " + std::to_string(factory->size) +
                  " bytes, " + std::to_string(sizeof(shoal_entity_factory)) +
                  " are needed: rebuild the module with this host's SDK");
  }
  if (factory->type_count < 1 || factory->type_count > entity_types_max || factory->types == nullptr) {
    return refuse("it has " + std::to_string(factory->type_count) + " entity types: 1 to 256 are allowed");
  }
  std::vector<const shoal_entity_type*> types;
  std::set<std::string_view> names;
  for (std::uint32_t index = 0; index < factory->type_count; ++index) {
    const shoal_entity_type* type = table_element(factory->types, index);
    if (type->size != factory->types->size || !is_stride(type->size, sizeof(shoal_entity_type))) {
      return refuse("entity type " + std::to_string(index) +
                    ": its size field is wrong: rebuild the module with this host's SDK");
    }
    SHOAL_TRYV(check_entity_type(*type, index));
    if (!names.insert(type->name).second) {
      return refuse("it has two entity types named " + std::string{type->name});
    }
    types.push_back(type);
  }
  return types;
}

Result<void> check_offsets_factory(const shoal_offsets_factory* factory) {
  if (factory == nullptr) return success();
  if (factory->size < sizeof(shoal_offsets_factory)) {
    return refuse("its factory " SHOAL_OFFSETS_FACTORY_ID " has " + std::to_string(factory->size) +
                  " bytes, " + std::to_string(sizeof(shoal_offsets_factory)) +
                  " are needed: rebuild the module with this host's SDK");
  }
  if (factory->start_offsets == nullptr || factory->released == nullptr) {
    return refuse("its factory " SHOAL_OFFSETS_FACTORY_ID
                  " lacks one of the functions start_offsets, released");
  }
  return success();
}

}  // namespace shoal::modules
