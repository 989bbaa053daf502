#pragma once
// SHOAL_MODULE: what a shared library shows to the host that loads it. Once a library, at namespace scope:
//
//   SHOAL_MODULE("aircraft", "1.0.0",
//                shoal::entity<Aircraft>("aircraft").on<Flight>("flight", shoal::json))
//
// The first word is the module's id, `[a-z][a-z0-9_-]{0,63}`, the second its version, free text of at most 64
// bytes. Then come its entity types, and at most one shoal::shared.

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "shoal/abi/module.h"
#include "shoal/detail/boundary.hpp"
#include "shoal/detail/built_with.hpp"
#include "shoal/detail/entity_functions.hpp"
#include "shoal/detail/module_instance.hpp"
#include "shoal/detail/names.hpp"
#include "shoal/detail/offsets_functions.hpp"
#include "shoal/entity.hpp"

namespace shoal {

template <class T>
struct SharedState {};

// One object for the whole module: made by T(const shoal::Config&) from the module's own `config` table
// before anything else, told to end its background work by T::quiesce() where it has that, destroyed last.
// Turns reach it by ctx.shared<T>(), from all lanes at once.
template <class T>
consteval SharedState<T> shared() {
  static_assert(std::is_constructible_v<T, const Config&>,
                "a module's shared state is made by T(const shoal::Config&)");
  return {};
}

namespace detail {

template <class SharedType, class... EntityTypes>
struct ModuleDefinition {
  using Shared = SharedType;

  const char* id = nullptr;
  const char* version = nullptr;
  std::tuple<EntityTypes...> entities;
};

template <class... EntityTypes>
consteval void check_distinct_types(const EntityTypes&... entities) {
  const std::array<std::string_view, sizeof...(EntityTypes)> names{entities.name...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (names[i] == names[j]) throw "two entity types of the module have the same name";
    }
  }
}

template <class Shared, class... EntityTypes>
consteval auto checked_definition(const char* id, const char* version, const EntityTypes&... entities) {
  static_assert(sizeof...(EntityTypes) > 0, "a module has at least one shoal::entity");
  check_type_name(id);
  if (std::string_view(version).size() > 64) throw "a module's version takes at most 64 bytes";
  check_distinct_types(entities...);
  return ModuleDefinition<Shared, EntityTypes...>{id, version, {entities...}};
}

template <class... EntityTypes>
consteval auto define_module(const char* id, const char* version, const EntityTypes&... entities) {
  return checked_definition<void>(id, version, entities...);
}
template <class Shared, class... EntityTypes>
consteval auto define_module(const char* id, const char* version, SharedState<Shared>,
                             const EntityTypes&... entities) {
  return checked_definition<Shared>(id, version, entities...);
}

// The functions and tables of a module, all of them constants. `definition` has static storage.
template <const auto& definition>
struct ModuleFunctions {
  using Definition = std::remove_cvref_t<decltype(definition)>;
  using Shared = typename Definition::Shared;
  using Instance = ModuleInstance<Shared>;

  static shoal_status init(const shoal_host* host, const shoal_config* config, const shoal_writer* error,
                           void** instance) noexcept {
    return guarded(error, [&] {
      auto made = std::make_unique<Instance>(host);
      if constexpr (!std::is_void_v<Shared>) {
        made->object = std::make_unique<Shared>(Config(*config, made->host));
        made->shared = {&type_tag<Shared>, made->object.get()};
      }
      ModuleInfo* info = made.release();
      *instance = info;
    });
  }

  static Instance& of(void* instance) { return static_cast<Instance&>(*static_cast<ModuleInfo*>(instance)); }

  static shoal_status quiesce(void* instance) noexcept {
    return guarded(&of(instance).host, [&] {
      if constexpr (!std::is_void_v<Shared>) {
        if constexpr (requires(Shared & shared) { shared.quiesce(); }) of(instance).object->quiesce();
      }
    });
  }

  static void deinit(void* instance) noexcept { delete &of(instance); }

  static const void* get_factory(void*, const char* id) noexcept {
    const std::string_view wanted(id);
    if (wanted == SHOAL_ENTITY_FACTORY_ID) return &factory;
    if constexpr (KeepsOffsets<Shared>) {
      if (wanted == SHOAL_OFFSETS_FACTORY_ID) return &OffsetsFunctions<Shared>::factory;
    }
    return nullptr;
  }

  template <std::size_t... index>
  static constexpr auto entity_types(std::index_sequence<index...>) {
    return std::array{EntityFunctions<definition, index>::table()...};
  }

  static constexpr auto types =
      entity_types(std::make_index_sequence<std::tuple_size_v<decltype(definition.entities)>>{});
  static constexpr shoal_entity_factory factory{sizeof(shoal_entity_factory), types.size(), types.data()};
  static constexpr shoal_module table{SHOAL_MODULE_MAGIC,
                                      sizeof(shoal_module),
                                      SHOAL_ABI,
                                      definition.id,
                                      definition.version,
                                      built_with,
                                      &init,
                                      &quiesce,
                                      &deinit,
                                      &get_factory};
};

}  // namespace detail
}  // namespace shoal

#define SHOAL_MODULE(id, version, ...)                                                               \
  namespace {                                                                                        \
  constexpr auto shoal_module_definition = ::shoal::detail::define_module(id, version, __VA_ARGS__); \
  }                                                                                                  \
  extern "C" SHOAL_EXPORT const shoal_module* shoal_module_entry(void) {                             \
    return &::shoal::detail::ModuleFunctions<shoal_module_definition>::table;                        \
  }
