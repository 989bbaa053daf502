#pragma once
// shoal::entity: says which messages, events and codecs an entity type has. Everything is checked while the
// module is compiled.
//
//   shoal::entity<Aircraft>("aircraft").on<Flight>("flight", shoal::json).on<Summary>("summary", shoal::json)
//
// A behaviour is a class without a base. One object is one entity; its members are the entity's state. It has
//
//   Behaviour();                                  or Behaviour(shoal::Context& ctx)
//   void on(shoal::Context&, const Message&);     one overload for each message
//   SHOAL_FIELDS(Behaviour, …)                    what is saved, loaded and described
//
// and where it wants them
//
//   static Settings configure(const shoal::Config&);
//       Once a module is loaded. Turns read what it returns by ctx.settings<Settings>().
//   static shoal::Admission admit(const shoal::Record&);     or admit(const shoal::Record&, const Settings&)
//       Sees each record before its key is taken for the entity's id.
//   void on(shoal::Context&, shoal::Tombstone);
//       A record without a value. Without this function such a record is a dead letter.
//   void on_reply(shoal::Context&, const shoal::Reply&);
//   void on_timer(shoal::Context&, const shoal::Timer&);
//   void on_receive_timeout(shoal::Context&);
//   void on_reminder(shoal::Context&, const shoal::Reminder&);
//   void on_stop(shoal::Context&, shoal::StopReason);
//       The last turn.
//   void apply(const Event&);
//       One overload for each event of ctx.persist; also while the entity is recovered.
//   void migrate(const OlderState&);
//       One overload for each older struct of the state.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "shoal/abi/entity.h"
#include "shoal/codec.hpp"
#include "shoal/context.hpp"
#include "shoal/detail/names.hpp"
#include "shoal/detail/type_info.hpp"
#include "shoal/event_number.hpp"
#include "shoal/fields.hpp"

namespace shoal {
namespace detail {

template <class... Ts>
struct Types {
  static constexpr std::size_t size = sizeof...(Ts);
  template <class... More>
  using Append = Types<Ts..., More...>;
};

template <class Behaviour, class Message>
concept Handles =
    requires(Behaviour& behaviour, Context& ctx, const Message& message) { behaviour.on(ctx, message); };

template <class Behaviour>
concept HandlesTombstones = requires(Behaviour& behaviour, Context& ctx) { behaviour.on(ctx, Tombstone{}); };

template <class Behaviour, class Event>
concept Applies = requires(Behaviour& behaviour, const Event& event) { behaviour.apply(event); };

template <class Behaviour, class State>
concept Migrates = requires(Behaviour& behaviour, const State& state) { behaviour.migrate(state); };

template <class Behaviour>
concept Configures = requires(const Config& config) { Behaviour::configure(config); };

template <class Behaviour>
concept Admits = requires(const Record& record) {
                   { Behaviour::admit(record) } -> std::same_as<Admission>;
                 };

// The same with what `configure` made.
template <class Behaviour>
concept AdmitsBySettings = requires(const Record& record, const Config& config) {
                             {
                               Behaviour::admit(record, Behaviour::configure(config))
                               } -> std::same_as<Admission>;
                           };

template <class Behaviour>
concept OnReply =
    requires(Behaviour& behaviour, Context& ctx, const Reply& reply) { behaviour.on_reply(ctx, reply); };

template <class Behaviour>
concept OnTimer =
    requires(Behaviour& behaviour, Context& ctx, const Timer& timer) { behaviour.on_timer(ctx, timer); };

template <class Behaviour>
concept OnReceiveTimeout =
    requires(Behaviour& behaviour, Context& ctx) { behaviour.on_receive_timeout(ctx); };

template <class Behaviour>
concept OnReminder = requires(Behaviour& behaviour, Context& ctx, const Reminder& reminder) {
                       behaviour.on_reminder(ctx, reminder);
                     };

template <class Behaviour>
concept OnStop =
    requires(Behaviour& behaviour, Context& ctx, StopReason reason) { behaviour.on_stop(ctx, reason); };

// An aggregate is never made from a Context, even where its first member could be.
template <class Behaviour>
concept ConstructedInTurn = std::constructible_from<Behaviour, Context&> && (!std::is_aggregate_v<Behaviour>);

template <class Entry, std::size_t size>
consteval std::array<Entry, size + 1> appended(const std::array<Entry, size>& entries, const Entry& last) {
  std::array<Entry, size + 1> longer{};
  for (std::size_t i = 0; i < size; ++i) longer[i] = entries[i];
  longer[size] = last;
  return longer;
}

// One event, newest struct first. `OlderStructs` are what older versions of the module recorded.
template <class Struct, class... OlderStructs>
struct EventStructs {};

}  // namespace detail

// The description of an entity type. Made by shoal::entity.
template <class BehaviourType, class MessageTypes = detail::Types<>, class EventTypes = detail::Types<>,
          class OlderStateTypes = detail::Types<>>
struct Entity {
  using Behaviour = BehaviourType;
  using Messages = MessageTypes;
  using Events = EventTypes;
  using OlderStates = OlderStateTypes;

  const char* name = nullptr;
  std::array<detail::MessageEntry, Messages::size> messages{};
  std::array<detail::EventEntry, Events::size> events{};
  // Not null pointers for "none": sanitizers make "is this address null" no question for a constant
  // expression.
  std::optional<const Codec*> send_codec;   // none: of the first message
  std::optional<const Codec*> state_codec;  // none: as `send_codec`
  shoal_execution execution = SHOAL_EXECUTION_LANE;

  // A message: its struct, its name for records, tells and asks, and the codec of its body.
  template <class Message>
  consteval auto on(const char* message_name, const Codec& codec) const {
    static_assert(detail::Handles<Behaviour, Message>,
                  "the behaviour has no function on(shoal::Context&, const Message&) for this message");
    detail::check_message_name(message_name);
    detail::check_distinct(messages, message_name);
    Entity<Behaviour, typename Messages::template Append<Message>, Events, OlderStates> longer{};
    longer.messages = detail::appended(messages, detail::MessageEntry{message_name, &codec});
    longer.events = events;
    return with_rest(longer);
  }

  // An event for ctx.persist and `apply`. Structs of older versions follow, the newest of them first; what
  // they recorded is applied by their own `apply`, or by way of `Event(const OlderEvent&)`.
  template <class Event, class... OlderEvents>
  consteval auto event(const char* event_name, const Codec& codec) const {
    static_assert(detail::Applies<Behaviour, Event>,
                  "the behaviour has no function apply(const Event&) for this event");
    detail::check_message_name(event_name);
    detail::check_distinct(events, event_name);
    detail::check_distinct_numbers(events, event_number(event_name));
    using Structs = detail::EventStructs<Event, OlderEvents...>;
    Entity<Behaviour, Messages, typename Events::template Append<Structs>, OlderStates> longer{};
    longer.messages = messages;
    longer.events =
        detail::appended(events, detail::EventEntry{event_name, 1 + sizeof...(OlderEvents), &codec,
                                                    &detail::type_tag<Event>, event_number(event_name)});
    return with_rest(longer);
  }

  // The codec of saved state. Structs of older versions follow, the newest of them first; each needs a
  // `migrate`. Without this call the state is saved by the codec of what the type sends, as version 1.
  template <class... Older>
  consteval auto state(const Codec& codec) const {
    static_assert(Described<Behaviour>, "the behaviour has no SHOAL_FIELDS, so there is no state to save");
    static_assert((detail::Migrates<Behaviour, Older> && ...),
                  "the behaviour has no function migrate(const OlderState&) for an older state");
    Entity<Behaviour, Messages, Events, detail::Types<Older...>> changed{};
    changed.messages = messages;
    changed.events = events;
    auto result = with_rest(changed);
    result.state_codec = &codec;
    return result;
  }

  // The codec of what the type sends, where it is not the one of its first message.
  consteval Entity sends(const Codec& codec) const {
    Entity changed = *this;
    changed.send_codec = &codec;
    return changed;
  }

  // Turns may block: they run on a pool of the host, never on a lane.
  consteval Entity blocking() const {
    Entity changed = *this;
    changed.execution = SHOAL_EXECUTION_BLOCKING;
    return changed;
  }

 private:
  template <class Other>
  constexpr Other with_rest(Other other) const {
    other.name = name;
    other.send_codec = send_codec;
    other.state_codec = state_codec;
    other.execution = execution;
    return other;
  }
};

// An entity type of that name, `[a-z][a-z0-9_-]{0,63}`, whose entities are objects of `Behaviour`.
template <class Behaviour>
consteval auto entity(const char* name) {
  static_assert(std::default_initializable<Behaviour> || detail::ConstructedInTurn<Behaviour>,
                "a behaviour is made by Behaviour() or Behaviour(shoal::Context&)");
  static_assert(sizeof(Behaviour) <= 1024 * 1024, "an entity's object takes at most 1 MiB");
  static_assert(alignof(Behaviour) <= 4096, "an entity's object is aligned to at most 4096 bytes");
  detail::check_type_name(name);
  Entity<Behaviour> entity{};
  entity.name = name;
  return entity;
}

}  // namespace shoal
