#pragma once
// What a Context knows of its entity type: constants of the module, and what `configure` made.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "shoal/codec.hpp"
#include "shoal/host.hpp"

namespace shoal::detail {

// One object a type: its address tells types apart without RTTI.
template <class T>
inline constexpr char type_tag = 0;

struct MessageEntry {
  const char* name = nullptr;
  const Codec* codec = nullptr;
};

struct EventEntry {
  const char* name = nullptr;
  std::uint32_t version = 0;
  const Codec* codec = nullptr;
  const void* tag = nullptr;  // of the struct of the current version
  std::uint32_t number = 0;   // event_number of the name
};

// Which of the optional functions a behaviour has.
struct Hooks {
  bool on_reply = false;
  bool on_timer = false;
  bool on_receive_timeout = false;
  bool on_reminder = false;
};

// An object of the module's own that turns may ask for by its type.
struct Tagged {
  const void* tag = nullptr;
  void* object = nullptr;

  template <class T>
  T& as(const char* what) const {
    if (tag != &type_tag<T>) throw std::logic_error(what);
    return *static_cast<T*>(object);
  }
};

struct TypeInfo {
  const Codec* codec = nullptr;  // of what the type sends
  std::span<const MessageEntry> messages;
  std::span<const EventEntry> events;
  Hooks hooks;
  const Host* host = nullptr;
  Tagged shared;    // of the module
  Tagged settings;  // what `configure` gave
};

inline const Codec& codec_of_type(const TypeInfo& type) { return *type.codec; }

// Requires: a message of the type uses that codec, otherwise DecodeError.
inline const Codec& codec_by_id(const TypeInfo& type, shoal_codec id) {
  for (const MessageEntry& message : type.messages) {
    if (message.codec->id == id) return *message.codec;
  }
  throw DecodeError("no message of this type uses codec " + std::to_string(id) +
                    ": decode the body with shoal::decode<T>(codec, body)");
}

}  // namespace shoal::detail
