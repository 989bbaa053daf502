#pragma once
// The functions of one entity type as the ABI calls them: each makes a Context, calls the behaviour, and lets
// no exception out. `definition` is the module's description (shoal/module.hpp), `index` the type's place in
// it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "shoal/abi/entity.h"
#include "shoal/context.hpp"
#include "shoal/detail/boundary.hpp"
#include "shoal/detail/chunks.hpp"
#include "shoal/detail/json_writer.hpp"
#include "shoal/detail/module_instance.hpp"
#include "shoal/entity.hpp"

namespace shoal::detail {

template <class Behaviour>
struct SettingsOf {
  using type = std::tuple<>;
};
template <class Behaviour>
  requires(Configures<Behaviour> &&
           !std::is_void_v<decltype(Behaviour::configure(std::declval<const Config&>()))>)
struct SettingsOf<Behaviour> {
  using type = decltype(Behaviour::configure(std::declval<const Config&>()));
};

// What `configure` makes and `release` frees.
template <class Behaviour>
struct TypeInstance : TypeInfo {
  using Settings = typename SettingsOf<Behaviour>::type;
  std::optional<Settings> made_settings;
};

template <const auto& definition, std::size_t index>
struct EntityFunctions {
  static constexpr const auto& entity = std::get<index>(definition.entities);
  using Entity = std::remove_cvref_t<decltype(entity)>;
  using Behaviour = typename Entity::Behaviour;
  using Instance = TypeInstance<Behaviour>;

  static constexpr bool takes_tombstones = HandlesTombstones<Behaviour>;
  static constexpr const Codec* send_codec =
      entity.send_codec ? *entity.send_codec : entity.messages.front().codec;
  static constexpr const Codec* state_codec = entity.state_codec ? *entity.state_codec : send_codec;
  static constexpr bool has_state = Described<Behaviour> && state_codec->id != SHOAL_CODEC_BYTES;
  static constexpr std::uint32_t state_version = has_state ? 1 + Entity::OlderStates::size : 0;

  static const TypeInfo& info(void* type) { return *static_cast<const Instance*>(type); }
  static Behaviour& behaviour(void* slot) { return *static_cast<Behaviour*>(slot); }
  static const Behaviour& behaviour(const void* slot) { return *static_cast<const Behaviour*>(slot); }

  static shoal_status configure(void* module, const shoal_config* config, const shoal_writer* error,
                                void** type) noexcept {
    return guarded(error, [&] {
      auto& owner = *static_cast<ModuleInfo*>(module);
      auto instance = std::make_unique<Instance>();
      instance->codec = send_codec;
      instance->messages = entity.messages;
      instance->events = entity.events;
      instance->hooks = {OnReply<Behaviour>, OnTimer<Behaviour>, OnReceiveTimeout<Behaviour>,
                         OnReminder<Behaviour>};
      instance->host = &owner.host;
      instance->shared = owner.shared;
      if constexpr (Configures<Behaviour>) {
        const Config view(*config, owner.host);
        if constexpr (std::is_void_v<decltype(Behaviour::configure(view))>) {
          Behaviour::configure(view);
        } else {
          using Settings = typename Instance::Settings;
          instance->made_settings.emplace(Behaviour::configure(view));
          instance->settings = {&type_tag<const Settings>, &*instance->made_settings};
        }
      }
      *type = instance.release();
    });
  }

  static void release(void* type) noexcept { delete static_cast<Instance*>(type); }

  static Admission admission_of(void* type, const Record& record) {
    if constexpr (AdmitsBySettings<Behaviour>) {
      return Behaviour::admit(record, *static_cast<const Instance*>(type)->made_settings);
    } else {
      return Behaviour::admit(record);
    }
  }

  static shoal_status admit(void* type, const shoal_record* record, const shoal_writer* reason) noexcept {
    try {
      const Admission admission = admission_of(type, Record(*record));
      if (admission.accepted()) return SHOAL_STATUS_OK;
      report(reason, admission.reason());
      return SHOAL_STATUS_DEAD_LETTER;
    } catch (...) {
      return report_exception(reason);
    }
  }

  static shoal_status construct(void* type, void* slot, const shoal_turn* turn) noexcept {
    return guarded(turn, [&] {
      if constexpr (ConstructedInTurn<Behaviour>) {
        Context ctx(*turn, info(type));
        ::new (slot) Behaviour(ctx);
      } else {
        ::new (slot) Behaviour{};
      }
    });
  }

  static void destroy(void*, void* slot) noexcept { behaviour(slot).~Behaviour(); }

  template <class Message>
  static Message decoded(const Codec& codec, const shoal_turn& turn, shoal_bytes body) {
    if constexpr (std::is_same_v<Message, Raw>) {
      return Raw{to_view(body)};
    } else if constexpr (std::is_constructible_v<Message, std::string_view> && !Described<Message>) {
      return Message{to_view(body)};
    } else {
      Message message{};
      // A question without parameters may come without a body; a record may not.
      if (Described<Message> && body.size == 0 && turn.record == nullptr) {
        read_no_body(ValueSlot::of(message));
      } else {
        decode_into(codec, to_view(body), message);
      }
      return message;
    }
  }

  template <std::size_t message_index, class Message>
  static shoal_status receive_message(void* type, void* slot, const shoal_turn* turn,
                                      shoal_bytes body) noexcept {
    constexpr const MessageEntry& entry = entity.messages[message_index];
    Context ctx(*turn, info(type));
    MessageOfTurn::set(ctx, entry, body);
    if constexpr (takes_tombstones) {
      if (body.data == nullptr && turn->record != nullptr) {
        return guarded(turn, [&] { behaviour(slot).on(ctx, Tombstone{}); });
      }
    }
    try {
      std::optional<Message> message;
      try {
        message.emplace(decoded<Message>(*entry.codec, *turn, body));
      } catch (const DecodeError& error) {
        report(turn, std::string("message '") + entry.name + "': " + error.what());
        return SHOAL_STATUS_UNDECODABLE;
      }
      behaviour(slot).on(ctx, std::as_const(*message));
      return SHOAL_STATUS_OK;
    } catch (...) {
      return report_exception(turn);
    }
  }

  template <class... Messages>
  static constexpr auto receivers(Types<Messages...>) {
    return []<std::size_t... message_index>(std::index_sequence<message_index...>) {
      return std::array{&receive_message<message_index, Messages>...};
    }
    (std::index_sequence_for<Messages...>{});
  }

  static shoal_status receive(void* type, void* slot, const shoal_turn* turn, std::uint32_t message_index,
                              shoal_bytes body) noexcept {
    static constexpr auto table = receivers(typename Entity::Messages{});
    if (message_index >= table.size()) return SHOAL_STATUS_INVALID_ARGUMENT;
    return table[message_index](type, slot, turn, body);
  }

  static shoal_status on_reply(void* type, void* slot, const shoal_turn* turn, const shoal_reply* reply,
                               const shoal_continuation* continuation) noexcept {
    return guarded(turn, [&] {
      Context ctx(*turn, info(type));
      behaviour(slot).on_reply(ctx, Reply(*reply, *continuation, info(type)));
    });
  }

  static shoal_status on_timer(void* type, void* slot, const shoal_turn* turn, shoal_bytes name,
                               const shoal_continuation* continuation) noexcept {
    return guarded(turn, [&] {
      Context ctx(*turn, info(type));
      behaviour(slot).on_timer(ctx, Timer(name, *continuation, info(type)));
    });
  }

  static shoal_status on_receive_timeout(void* type, void* slot, const shoal_turn* turn) noexcept {
    return guarded(turn, [&] {
      Context ctx(*turn, info(type));
      behaviour(slot).on_receive_timeout(ctx);
    });
  }

  static shoal_status on_reminder(void* type, void* slot, const shoal_turn* turn, shoal_bytes name,
                                  const shoal_continuation* continuation) noexcept {
    return guarded(turn, [&] {
      Context ctx(*turn, info(type));
      behaviour(slot).on_reminder(ctx, Reminder(name, *continuation, info(type)));
    });
  }

  static shoal_status on_stop(void* type, void* slot, const shoal_turn* turn,
                              shoal_stop_reason reason) noexcept {
    return guarded(turn, [&] {
      Context ctx(*turn, info(type));
      behaviour(slot).on_stop(ctx, StopReason{reason});
    });
  }

  template <class Older, class Current>
  static void apply_as(Behaviour& target, const Codec& codec, std::string_view bytes) {
    const auto event = decode<Older>(codec, bytes);
    if constexpr (Applies<Behaviour, Older>) {
      target.apply(event);
    } else {
      static_assert(std::is_constructible_v<Current, const Older&>,
                    "an older event needs apply(const OlderEvent&) or Event(const OlderEvent&)");
      target.apply(Current(event));
    }
  }

  // Runs the one `body` of `version`, of structs that stand newest first.
  template <class... Structs, class Body>
  static void with_version(std::uint32_t version, Types<Structs...>, Body&& body) {
    std::uint32_t candidate = sizeof...(Structs);
    const bool known =
        ((candidate-- == version ? (body.template operator()<Structs>(), true) : false) || ...);
    if (!known) throw DecodeError("version " + std::to_string(version) + " is unknown to this module");
  }

  template <class Current, class... Older>
  static void apply_event(EventStructs<Current, Older...>, Behaviour& target, const Codec& codec,
                          std::uint32_t version, std::string_view bytes) {
    with_version(version, Types<Current, Older...>{},
                 [&]<class Struct>() { apply_as<Struct, Current>(target, codec, bytes); });
  }

  template <class... Events>
  static void apply_any(Types<Events...>, Behaviour& target, std::uint32_t event_index, std::uint32_t version,
                        std::string_view bytes) {
    std::uint32_t candidate = 0;
    const bool known =
        ((candidate++ == event_index
              ? (apply_event(Events{}, target, *entity.events[event_index].codec, version, bytes), true)
              : false) ||
         ...);
    if (!known) throw DecodeError("event " + std::to_string(event_index) + " is unknown to this module");
  }

  static shoal_status apply(void* type, void* slot, std::uint32_t event_index, std::uint32_t version,
                            shoal_bytes event) noexcept {
    return state_call(type, "apply an event", [&] {
      apply_any(typename Entity::Events{}, behaviour(slot), event_index, version, to_view(event));
      return SHOAL_STATUS_OK;
    });
  }

  static shoal_status save(void* type, const void* slot, const shoal_writer* writer) noexcept {
    return state_call(type, "save its state", [&] {
      Buffer out;
      encode_into(*state_codec, behaviour(slot), out);
      return write_chunks(*writer, out.view());
    });
  }

  static shoal_status load(void* type, void* slot, std::uint32_t version,
                           const shoal_reader* reader) noexcept {
    return state_call(type, "load its state", [&] {
      std::string storage;
      const std::string_view bytes = read_chunks(*reader, storage);
      load_version(typename Entity::OlderStates{}, behaviour(slot), version, bytes);
      return SHOAL_STATUS_OK;
    });
  }

  template <class State, class Target>
  static void load_as(Target& target, std::string_view bytes) {
    if constexpr (std::is_same_v<State, Target>) {
      decode_into(*state_codec, bytes, target);
    } else {
      target.migrate(decode<State>(*state_codec, bytes));
    }
  }

  template <class... Older>
  static void load_version(Types<Older...>, Behaviour& target, std::uint32_t version,
                           std::string_view bytes) {
    with_version(version, Types<Behaviour, Older...>{},
                 [&]<class State>() { load_as<State>(target, bytes); });
  }

  static shoal_status describe(void* type, const void* slot, const shoal_writer* writer) noexcept {
    return state_call(type, "describe itself", [&] {
      Buffer out;
      write_json(ValueView::of(behaviour(slot)), out, Unwritable::replace);
      return write_chunks(*writer, out.view());
    });
  }

  // These calls have no turn to leave an error in: the log gets it.
  template <class Body>
  static shoal_status state_call(void* type, const char* what, Body&& body) noexcept {
    const Host* host = info(type).host;
    try {
      try {
        return body();
      } catch (const DecodeError& error) {
        report(host,
               std::string("an entity of type '") + entity.name + "' cannot " + what + ": " + error.what());
        return SHOAL_STATUS_UNDECODABLE;
      }
    } catch (...) {
      return report_exception(host);
    }
  }

  static constexpr auto message_types() {
    std::array<shoal_message_type, Entity::Messages::size> types{};
    for (std::size_t i = 0; i < types.size(); ++i) {
      constexpr std::uint32_t flags = takes_tombstones ? std::uint32_t{SHOAL_MESSAGE_TYPE_ACCEPTS_NULL} : 0;
      types[i] = {sizeof(shoal_message_type), flags, entity.messages[i].name, entity.messages[i].codec->id,
                  0};
    }
    return types;
  }

  static constexpr auto event_types() {
    std::array<shoal_event_type, Entity::Events::size> types{};
    for (std::size_t i = 0; i < types.size(); ++i) {
      types[i] = {sizeof(shoal_event_type), entity.events[i].version, entity.events[i].name,
                  entity.events[i].codec->id, 0};
    }
    return types;
  }

  static constexpr auto messages = message_types();
  static constexpr auto events = event_types();

  static constexpr shoal_entity_type table() {
    static_assert(Entity::Messages::size > 0,
                  "an entity type has at least one message: .on<Message>(name, codec)");
    shoal_entity_type type{};
    type.size = sizeof(type);
    type.execution = entity.execution;
    type.name = entity.name;
    type.slot_size = sizeof(Behaviour);
    type.slot_alignment = alignof(Behaviour);
    type.state_version = state_version;
    type.message_count = Entity::Messages::size;
    type.messages = messages.data();
    type.event_count = Entity::Events::size;
    type.configure = &configure;
    type.release = &release;
    type.construct = &construct;
    type.destroy = &destroy;
    type.receive = &receive;
    if constexpr (Entity::Events::size > 0) {
      type.events = events.data();
      type.apply = &apply;
    }
    if constexpr (Admits<Behaviour> || AdmitsBySettings<Behaviour>) type.admit = &admit;
    if constexpr (OnReply<Behaviour>) type.on_reply = &on_reply;
    if constexpr (OnTimer<Behaviour>) type.on_timer = &on_timer;
    if constexpr (OnReceiveTimeout<Behaviour>) type.on_receive_timeout = &on_receive_timeout;
    if constexpr (OnReminder<Behaviour>) type.on_reminder = &on_reminder;
    if constexpr (OnStop<Behaviour>) type.on_stop = &on_stop;
    if constexpr (has_state) {
      type.save = &save;
      type.load = &load;
    }
    if constexpr (Described<Behaviour>) type.describe = &describe;
    return type;
  }
};

}  // namespace shoal::detail
