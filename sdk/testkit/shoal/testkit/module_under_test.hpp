#pragma once
// The module linked into the test program: its handshake and tables are checked as a host checks them, then
// it is set up. Taken down by the destructor, in the reverse order.

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"
#include "shoal/event_number.hpp"
#include "shoal/testkit/fake_host.hpp"
#include "shoal/testkit/misuse.hpp"
#include "shoal/testkit/table.hpp"

namespace shoal::testkit {

// Collects what a module writes. The bound is the receiver's.
class StringWriter {
 public:
  explicit StringWriter(std::size_t bytes_max)
      : bytes_max_(bytes_max), abi_{sizeof(shoal_writer), 0, this, &write} {}
  StringWriter(const StringWriter&) = delete;
  StringWriter& operator=(const StringWriter&) = delete;

  const shoal_writer* abi() const { return &abi_; }
  const std::string& text() const { return text_; }

 private:
  static shoal_status write(void* state, shoal_bytes chunk) {
    auto& writer = *static_cast<StringWriter*>(state);
    if (chunk.size > writer.bytes_max_ - writer.text_.size()) return SHOAL_STATUS_TOO_LARGE;
    writer.text_ += detail::to_view(chunk);
    return SHOAL_STATUS_OK;
  }

  std::size_t bytes_max_;
  std::string text_;
  shoal_writer abi_;
};

namespace rules {

inline std::string_view text(const char* text, const std::string& what) {
  require(text != nullptr, what + " is NULL");
  return text;
}

inline void type_name(const char* name, const std::string& what) {
  const std::string_view view = text(name, what);
  constexpr std::string_view legal = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  const bool good = !view.empty() && view.size() <= 64 && view[0] >= 'a' && view[0] <= 'z' &&
                    view.find_first_not_of(legal) == std::string_view::npos;
  require(good, what + " '" + std::string(view) + "' is not [a-z][a-z0-9_-]{0,63}");
}

inline void message_name(std::string_view name, const std::string& what) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string legal = std::string(letters) + "0123456789_.-";
  const bool good = !name.empty() && name.size() <= 64 && letters.find(name[0]) != std::string_view::npos &&
                    name.find_first_not_of(legal) == std::string_view::npos;
  require(good, what + " '" + std::string(name) + "' is not [A-Za-z][A-Za-z0-9_.-]{0,63}");
}

inline void entity_type(const shoal_entity_type& type) {
  type_name(type.name, "an entity type's name");
  const std::string name = "entity type '" + std::string(type.name) + "': ";
  require(type.size == sizeof(shoal_entity_type), name + "size is not sizeof(shoal_entity_type)");
  require(type.execution <= SHOAL_EXECUTION_BLOCKING, name + "unknown execution");
  require(type.slot_size >= 1 && type.slot_size <= 1024 * 1024, name + "slot_size is not 1 byte..1 MiB");
  require(std::has_single_bit(type.slot_alignment) && type.slot_alignment <= 4096,
          name + "slot_alignment is no power of two up to 4096");
  require(type.message_count >= 1 && type.message_count <= 4096, name + "message_count is not 1..4096");
  require(type.messages != nullptr, name + "messages is NULL");
  std::set<std::string_view> messages;
  for (std::uint32_t i = 0; i < type.message_count; ++i) {
    const shoal_message_type& message = type.messages[i];
    require(message.size == sizeof(shoal_message_type),
            name + "a message's size is not sizeof(shoal_message_type)");
    message_name(text(message.name, name + "a message's name"), name + "a message's name");
    require(message.codec <= SHOAL_CODEC_MSGPACK, name + "a message of an unknown codec");
    require(messages.insert(message.name).second, name + "message '" + message.name + "' is there twice");
  }
  require((type.event_count == 0) == (type.events == nullptr), name + "events and event_count disagree");
  require(type.event_count == 0 || type.apply != nullptr, name + "events without apply");
  std::set<std::string_view> events;
  std::map<std::uint32_t, std::string_view> by_number;
  for (std::uint32_t i = 0; i < type.event_count; ++i) {
    const shoal_event_type& event = type.events[i];
    require(event.size == sizeof(shoal_event_type), name + "an event's size is not sizeof(shoal_event_type)");
    require(events.insert(text(event.name, name + "an event's name")).second,
            name + "event '" + event.name + "' is there twice");
    const std::string_view same = by_number.emplace(event_number(event.name), event.name).first->second;
    require(same == event.name, name + "events '" + std::string(same) + "' and '" + event.name +
                                    "' have names of the same CRC32C, by which a journal names them");
  }
  require(type.construct != nullptr && type.destroy != nullptr && type.receive != nullptr,
          name + "construct, destroy or receive is NULL");
  require((type.save == nullptr) == (type.load == nullptr), name + "save and load belong together");
  require((type.save == nullptr) == (type.state_version == 0), name + "save and state_version disagree");
}

inline void handshake(const shoal_module* module) {
  require(module != nullptr, "shoal_module_entry() gave NULL");
  require(module->magic == SHOAL_MODULE_MAGIC, "the module's magic is wrong");
  require(module->abi == SHOAL_ABI, "the module was built with another draft or revision of the ABI");
  require(module->size == sizeof(shoal_module), "the module's size is not sizeof(shoal_module)");
  type_name(module->id, "the module's id");
  require(text(module->version, "the module's version").size() <= 64,
          "the module's version is over 64 bytes");
  text(module->built_with, "the module's built_with");
  require(module->init != nullptr && module->quiesce != nullptr && module->deinit != nullptr &&
              module->get_factory != nullptr,
          "init, quiesce, deinit or get_factory of the module is NULL");
}

}  // namespace rules

// Not movable. Requires: the tables outlive the object.
class ModuleUnderTest {
 public:
  ModuleUnderTest(const shoal_module* module, FakeHost& host, const TableView& config)
      : module_(module), host_(host) {
    rules::handshake(module);
    StringWriter error(error_bytes_max);
    const shoal_status status = module->init(host.abi(), &config.abi(), error.abi(), &instance_);
    require(status == SHOAL_STATUS_OK,
            "init of module '" + std::string(module->id) + "' failed: " + error.text());
  }
  ModuleUnderTest(const ModuleUnderTest&) = delete;
  ModuleUnderTest& operator=(const ModuleUnderTest&) = delete;
  // Ends the program where the module keeps the host's memory: a destructor has no other way to say so.
  ~ModuleUnderTest() {
    module_->quiesce(instance_);
    module_->deinit(instance_);
    if (host_.allocated_bytes() == 0) return;
    std::fprintf(stderr, "module '%s' did not give back %llu bytes of the host's memory\n", module_->id,
                 static_cast<unsigned long long>(host_.allocated_bytes()));
    std::abort();
  }

  void* instance() const { return instance_; }

  // Misuse where there is no such type, naming those there are.
  const shoal_entity_type& type(std::string_view name) const {
    const void* found = module_->get_factory(instance_, SHOAL_ENTITY_FACTORY_ID);
    require(found != nullptr, "the module has no factory " SHOAL_ENTITY_FACTORY_ID);
    const auto& factory = *static_cast<const shoal_entity_factory*>(found);
    require(factory.size == sizeof(shoal_entity_factory),
            "the factory's size is not sizeof(shoal_entity_factory)");
    std::string names;
    const shoal_entity_type* result = nullptr;
    for (std::uint32_t i = 0; i < factory.type_count; ++i) {
      rules::entity_type(factory.types[i]);
      if (factory.types[i].name == name) result = &factory.types[i];
      names += std::string(i == 0 ? "" : ", ") + factory.types[i].name;
    }
    require(result != nullptr, "the module has no entity type '" + std::string(name) + "'; it has: " + names);
    return *result;
  }

 private:
  static constexpr std::size_t error_bytes_max = 4096;

  const shoal_module* module_;
  const FakeHost& host_;
  void* instance_ = nullptr;
};

}  // namespace shoal::testkit
