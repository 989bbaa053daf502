// Goal: every table a module may get wrong is refused with its reason. Method: valid tables in memory with
// one field changed at a time.

#include "host/modules/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace shoal::modules {
namespace {

using testing::HasSubstr;

shoal_status init(const shoal_host*, const shoal_config*, const shoal_writer*, void**) {
  return SHOAL_STATUS_OK;
}
shoal_status quiesce(void*) { return SHOAL_STATUS_OK; }
void deinit(void*) {}
const void* get_factory(void*, const char*) { return nullptr; }
shoal_status construct(void*, void*, const shoal_turn*) { return SHOAL_STATUS_OK; }
void destroy(void*, void*) {}
shoal_status receive(void*, void*, const shoal_turn*, std::uint32_t, shoal_bytes) { return SHOAL_STATUS_OK; }
shoal_status apply(void*, void*, std::uint32_t, std::uint32_t, shoal_bytes) { return SHOAL_STATUS_OK; }
shoal_status save(void*, const void*, const shoal_writer*) { return SHOAL_STATUS_OK; }

class ModuleTableTest : public testing::Test {
 protected:
  std::string refusal() const {
    const auto checked = check_module(&module_);
    return checked.has_value() ? "" : checked.error().message;
  }
  shoal_module module_{
      SHOAL_MODULE_MAGIC, sizeof(shoal_module), SHOAL_ABI, "name", "1.0", "compiler", init, quiesce, deinit,
      get_factory};
};

TEST_F(ModuleTableTest, GoodOnePasses) { EXPECT_EQ(refusal(), ""); }

TEST_F(ModuleTableTest, HandshakeComesFirst) {
  module_.id = nullptr;
  module_.size = 16;
  module_.abi = SHOAL_ABI_DRAFT_BIT | 7;
  EXPECT_THAT(refusal(), HasSubstr("built for ABI draft 7, this host has draft 1"));
  module_.abi = 3;
  EXPECT_THAT(refusal(), HasSubstr("built for ABI revision 3, this host has draft 1"));
  module_.magic = 0;
  EXPECT_THAT(refusal(), HasSubstr("wrong magic number"));
}

TEST_F(ModuleTableTest, LargerTableIsTaken) {
  module_.size = sizeof(shoal_module) + 64;
  EXPECT_EQ(refusal(), "");
}

TEST_F(ModuleTableTest, StringsAreBounded) {
  const std::string long_text(300, 'a');
  for (const char* id :
       std::initializer_list<const char*>{nullptr, "", "Name", "1st", "a b", "ä", long_text.c_str()}) {
    module_.id = id;
    EXPECT_THAT(refusal(), HasSubstr("its id must match"));
  }
  module_.id = "name";
  module_.version = long_text.c_str();
  EXPECT_THAT(refusal(), HasSubstr("version"));
  module_.version = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("version"));
  module_.version = "";
  module_.built_with = long_text.c_str();
  EXPECT_THAT(refusal(), HasSubstr("built_with"));
}

TEST_F(ModuleTableTest, FunctionsAreMandatory) {
  module_.quiesce = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("lacks one of the functions"));
}

class EntityTableTest : public testing::Test {
 protected:
  std::string refusal() const {
    const auto checked = check_entity_factory(&factory_);
    return checked.has_value() ? "" : checked.error().message;
  }

  std::array<shoal_message_type, 2> messages_{
      {{sizeof(shoal_message_type), 0, "Flight", SHOAL_CODEC_JSON, 0},
       {sizeof(shoal_message_type), 0, "reset", SHOAL_CODEC_BYTES, 0}}};
  std::array<shoal_event_type, 2> events_{{{sizeof(shoal_event_type), 1, "added", SHOAL_CODEC_MSGPACK, 0},
                                           {sizeof(shoal_event_type), 2, "added", SHOAL_CODEC_MSGPACK, 0}}};
  std::array<shoal_entity_type, 2> types_{make_type("aircraft"), make_type("airport")};
  shoal_entity_factory factory_{sizeof(shoal_entity_factory), 2, types_.data()};

 private:
  shoal_entity_type make_type(const char* name) {
    shoal_entity_type type{};
    type.size = sizeof(type);
    type.name = name;
    type.slot_size = 64;
    type.slot_alignment = 8;
    type.state_version = 1;
    type.message_count = 2;
    type.messages = messages_.data();
    type.event_count = 2;
    type.events = events_.data();
    type.construct = construct;
    type.destroy = destroy;
    type.receive = receive;
    type.apply = apply;
    type.save = save;
    return type;
  }
};

TEST_F(EntityTableTest, GoodOnePasses) {
  EXPECT_EQ(refusal(), "");
  EXPECT_THAT(check_entity_factory(&factory_).value(), testing::ElementsAre(&types_[0], &types_[1]));
}

TEST_F(EntityTableTest, StrideIsTheModules) {
  struct Grown {
    shoal_entity_type known;
    std::uint64_t later;
  };
  std::array<Grown, 2> grown{{{types_[0], 1}, {types_[1], 2}}};
  grown[0].known.size = grown[1].known.size = sizeof(Grown);
  factory_.types = &grown[0].known;
  EXPECT_EQ(refusal(), "");
  EXPECT_STREQ(check_entity_factory(&factory_).value().at(1)->name, "airport");
}

TEST_F(EntityTableTest, FactoryIsChecked) {
  EXPECT_FALSE(check_entity_factory(nullptr).has_value());
  factory_.size = 4;
  EXPECT_THAT(refusal(), HasSubstr("has 4 bytes"));
  factory_.size = sizeof(factory_);
  for (const std::uint32_t count : {0U, 257U, ~0U}) {
    factory_.type_count = count;
    EXPECT_THAT(refusal(), HasSubstr("1 to 256 are allowed"));
  }
  factory_.type_count = 1;
  factory_.types = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("entity types"));
}

TEST_F(EntityTableTest, SizesAreChecked) {
  for (const std::uint32_t size : {0U, 8U, static_cast<std::uint32_t>(sizeof(shoal_entity_type) + 1), ~0U}) {
    types_[0].size = types_[1].size = size;
    EXPECT_THAT(refusal(), HasSubstr("entity type 0: its size field is wrong")) << size;
  }
  types_[0].size = types_[1].size = sizeof(shoal_entity_type);
  messages_[1].size = 8;
  EXPECT_THAT(refusal(), HasSubstr("aircraft, message 1: its size field is wrong"));
  messages_[1].size = messages_[0].size;
  events_[0].size = 0;
  EXPECT_THAT(refusal(), HasSubstr("aircraft, event 0: its size field is wrong"));
}

TEST_F(EntityTableTest, NamesAreChecked) {
  types_[1].name = "aircraft";
  EXPECT_THAT(refusal(), HasSubstr("two entity types named aircraft"));
  for (const char* name : std::initializer_list<const char*>{nullptr, "", "Aircraft", "a/b"}) {
    types_[1].name = name;
    EXPECT_THAT(refusal(), HasSubstr("entity type 1: its name must match"));
  }
}

TEST_F(EntityTableTest, SlotIsChecked) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1'048'577}, ~std::uint64_t{0}}) {
    types_[0].slot_size = size;
    EXPECT_THAT(refusal(), HasSubstr("1 to 1048576 are allowed"));
  }
  types_[0].slot_size = 1'048'576;
  for (const std::uint64_t alignment : {0, 3, 8'192}) {
    types_[0].slot_alignment = alignment;
    EXPECT_THAT(refusal(), HasSubstr("a power of two"));
  }
  types_[0].slot_alignment = 4'096;
  EXPECT_EQ(refusal(), "");
}

TEST_F(EntityTableTest, MandatoryFunctionsAreChecked) {
  types_[0].construct = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("aircraft has no function construct"));
  types_[0].construct = construct;
  types_[0].destroy = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("no function destroy"));
  types_[0].destroy = destroy;
  types_[0].receive = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("no function receive"));
  types_[0].receive = receive;
  types_[0].apply = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("events but no function apply"));
  types_[0].apply = apply;
  types_[0].state_version = 0;
  EXPECT_THAT(refusal(), HasSubstr("state version 0 and a function save"));
}

TEST_F(EntityTableTest, MessagesAreChecked) {
  for (const std::uint32_t count : {0U, 4'097U, ~0U}) {
    types_[0].message_count = count;
    EXPECT_THAT(refusal(), HasSubstr("1 to 4096 are allowed"));
  }
  types_[0].message_count = 2;
  types_[0].messages = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("messages"));
  types_[0].messages = messages_.data();
  messages_[1].name = "Flight";
  EXPECT_THAT(refusal(), HasSubstr("aircraft has two messages named Flight"));
  messages_[1].name = "9lives";
  EXPECT_THAT(refusal(), HasSubstr("message 1: its name must match"));
  messages_[1].name = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("message 1: its name must match"));
  messages_[1].name = "reset";
  messages_[1].codec = 3;
  EXPECT_THAT(refusal(), HasSubstr("codec 3 is unknown"));
}

TEST_F(EntityTableTest, EventsAreChecked) {
  events_[1].version = 1;
  EXPECT_THAT(refusal(), HasSubstr("two events named added of one version"));
  events_[1].version = 2;
  events_[0].name = "free_carrier_name_given";
  events_[1].name = "green_hangar_account_filled";
  EXPECT_THAT(refusal(), HasSubstr("aircraft: the names of its events free_carrier_name_given and "
                                   "green_hangar_account_filled have the same CRC32C"));
  events_[0].name = events_[1].name = "added";
  events_[1].codec = 9;
  EXPECT_THAT(refusal(), HasSubstr("codec 9 is unknown"));
  types_[0].events = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("2 events"));
}

TEST_F(EntityTableTest, ExecutionMayBlockAndIsNothingUnknown) {
  types_[0].execution = SHOAL_EXECUTION_BLOCKING;
  EXPECT_EQ(refusal(), "");
  types_[0].execution = 2;
  EXPECT_THAT(refusal(), HasSubstr("execution 2: this host knows SHOAL_EXECUTION_LANE and"));
}

shoal_status start_offsets(void*, shoal_bytes, shoal_bytes, shoal_partition_offset*, std::uint32_t,
                           const shoal_writer*) {
  return SHOAL_STATUS_OK;
}
shoal_status released(void*, shoal_bytes, shoal_bytes, const shoal_partition_offset*, std::uint32_t,
                      const shoal_writer*) {
  return SHOAL_STATUS_OK;
}

TEST(OffsetsTableTest, NoneAndAWholeOneAreGood) {
  EXPECT_TRUE(check_offsets_factory(nullptr));
  const shoal_offsets_factory whole{sizeof(shoal_offsets_factory) + 8, 0, start_offsets, released};
  EXPECT_TRUE(check_offsets_factory(&whole));
}

TEST(OffsetsTableTest, LacksNothing) {
  shoal_offsets_factory table{sizeof(shoal_offsets_factory) - 1, 0, start_offsets, released};
  EXPECT_THAT(check_offsets_factory(&table).error().message, HasSubstr("shoal.offsets/1 has 23 bytes"));
  table = {sizeof(shoal_offsets_factory), 0, nullptr, released};
  EXPECT_THAT(check_offsets_factory(&table).error().message, HasSubstr("lacks one of the functions"));
  table = {sizeof(shoal_offsets_factory), 0, start_offsets, nullptr};
  EXPECT_THAT(check_offsets_factory(&table).error().message, HasSubstr("lacks one of the functions"));
}

}  // namespace
}  // namespace shoal::modules
