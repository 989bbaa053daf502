// Goal: entities are found by any id, keep their slot's address, and nothing leaks. Method: hand-made ids of
// every length, then random runs by seed against a standard map.

#include "host/lanes/entity_table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <unordered_map>

namespace shoal::lanes {
namespace {

Entity& insert(EntityTable& table, const std::string& id) { return table.insert(id, hash_of(id)); }
Entity* find(const EntityTable& table, const std::string& id) { return table.find(id, hash_of(id)); }

TEST(EntityTableTest, FindsIdsOfEveryLength) {
  EntityTable table(8, 8);
  for (std::size_t length = 1; length <= 1024; ++length) insert(table, std::string(length, 'x'));
  EXPECT_EQ(table.size(), 1024U);
  for (std::size_t length = 1; length <= 1024; ++length) {
    const Entity* entity = find(table, std::string(length, 'x'));
    ASSERT_NE(entity, nullptr) << length;
    EXPECT_EQ(entity->id().size(), length);
  }
  EXPECT_EQ(find(table, std::string(1025, 'x')), nullptr);
}

TEST(EntityTableTest, IdsAreArbitraryBytes) {
  EntityTable table(8, 8);
  const std::string zero("\0", 1);
  const std::string two_zeros("\0\0", 2);
  insert(table, zero);
  EXPECT_NE(find(table, zero), nullptr);
  EXPECT_EQ(find(table, two_zeros), nullptr);
}

TEST(EntityTableTest, SameHashIsNotSameId) {
  EntityTable table(8, 8);
  table.insert("a", 7);
  table.insert("b", 7);
  EXPECT_EQ(table.find("a", 7)->id(), "a");
  EXPECT_EQ(table.find("b", 7)->id(), "b");
  table.erase(*table.find("a", 7));
  EXPECT_EQ(table.find("a", 7), nullptr);
  EXPECT_EQ(table.find("b", 7)->id(), "b");
}

// A look-ahead's guess may be anything that is or was an entity of the table.
TEST(EntityTableTest, AGuessIsOnlyBelievedWhereItIsTheEntity) {
  for (const std::size_t padding : {0U, 100U}) {  // ids inside of the block, and beside it
    const auto id = [padding](const char* name) { return name + std::string(padding, '.'); };
    EntityTable table(8, 8);
    Entity& one = insert(table, id("one"));
    Entity& other = insert(table, id("other"));
    const std::uint64_t hash = hash_of(id("one"));
    EXPECT_EQ(table.prefetch_entity(hash), &one);
    EXPECT_EQ(table.find(id("one"), hash, &one), &one);
    EXPECT_EQ(table.find(id("one"), hash, &other), &one);
    table.erase(one);
    EXPECT_EQ(table.prefetch_entity(hash), nullptr);
    EXPECT_EQ(table.find(id("one"), hash, &one), nullptr);
    Entity& third = insert(table, id("third"));
    ASSERT_EQ(&third, &one);  // the block is used again
    EXPECT_EQ(table.find(id("one"), hash, &one), nullptr);
    EXPECT_EQ(table.find(id("third"), hash_of(id("third")), nullptr), &third);
  }
}

TEST(EntityTableTest, SlotsAreAlignedAndApart) {
  for (const std::uint64_t alignment : {1U, 8U, 64U, 4096U}) {
    EntityTable table(100, alignment);
    std::vector<char*> slots;
    for (int i = 0; i < 50; ++i) {
      auto* slot = static_cast<char*>(table.slot(insert(table, std::to_string(i))));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slot) % alignment, 0U);
      std::memset(slot, i, 100);
      slots.push_back(slot);
    }
    for (int i = 0; i < 50; ++i) {
      for (int byte = 0; byte < 100; ++byte) ASSERT_EQ(slots[static_cast<std::size_t>(i)][byte], i);
    }
  }
}

class EntityTableRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EntityTableRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  EntityTable table(sizeof(int), alignof(int));
  std::unordered_map<std::string, std::pair<Entity*, int>> model;
  for (int step = 0; step < 20'000; ++step) {
    std::string id = std::to_string(random() % 3'000);
    if (random() % 2 == 0) id += std::string(40, 'y');
    const auto known = model.find(id);
    Entity* entity = find(table, id);
    ASSERT_EQ(entity != nullptr, known != model.end());
    if (entity == nullptr) {
      Entity& made = insert(table, id);
      *static_cast<int*>(table.slot(made)) = step;
      model[id] = {&made, step};
    } else {
      ASSERT_EQ(entity, known->second.first);
      ASSERT_EQ(*static_cast<int*>(table.slot(*entity)), known->second.second);
      if (random() % 3 != 0) continue;
      table.erase(*entity);
      model.erase(known);
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::size_t visited = 0;
  table.for_each([&](Entity& entity) {
    ++visited;
    return model.contains(std::string(entity.id()));
  });
  EXPECT_EQ(visited, model.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, EntityTableRandomTest, testing::Range<std::uint64_t>(0, 10));

}  // namespace
}  // namespace shoal::lanes
