// Goal: a shared object that keeps offsets is asked and told by the ABI's table, whatever the stride, and
// what it throws is told with its text. Method: the module's own table, called as a host does.
#include "shoal/offsets.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

struct Ping {};
struct Plain {
  void on(shoal::Context&, const Ping&) {}
};

// Knows offset 10 * partition of the even ones.
struct Store {
  Store() = default;
  explicit Store(const shoal::Config&) {}

  void start_offsets(std::string_view source, std::string_view topic,
                     std::span<shoal::PartitionOffset> partitions) {
    calls.push_back(std::string(source) + " " + std::string(topic));
    for (shoal::PartitionOffset& one : partitions) {
      if (one.offset()) throw std::runtime_error("an offset is there already");
      if (one.partition() % 2 == 0) one.set(one.partition() * 10);
    }
  }
  void released(std::string_view, std::string_view, std::span<const shoal::PartitionOffset> partitions) {
    for (const shoal::PartitionOffset& one : partitions) {
      calls.push_back(std::to_string(one.partition()) + ":" + std::to_string(one.offset().value()));
    }
  }

  std::vector<std::string> calls;
};

static_assert(shoal::KeepsOffsets<Store>);
static_assert(!shoal::KeepsOffsets<Plain>);
static_assert(!shoal::KeepsOffsets<void>);

// As a later host's elements may be.
struct Wider {
  shoal_partition_offset known;
  std::uint64_t added = 0;
};

Wider wider(std::int32_t partition, std::int64_t offset) { return {{sizeof(Wider), partition, offset}, 7}; }

class Offsets : public testing::Test {
 protected:
  Offsets() { instance_.object = std::make_unique<Store>(); }

  void* instance() { return static_cast<shoal::detail::ModuleInfo*>(&instance_); }
  shoal_status start(Wider* partitions, std::uint32_t count) {
    return factory_.start_offsets(instance(), bytes("source"), bytes("topic"), &partitions->known, count,
                                  &writer_);
  }
  static shoal_bytes bytes(std::string_view text) { return shoal::detail::to_abi(text); }
  static shoal_status write(void* state, shoal_bytes chunk) {
    static_cast<std::string*>(state)->append(shoal::detail::to_view(chunk));
    return SHOAL_STATUS_OK;
  }

  const shoal_offsets_factory& factory_ = *static_cast<const shoal_offsets_factory*>(
      shoal_module_entry()->get_factory(nullptr, SHOAL_OFFSETS_FACTORY_ID));
  shoal::detail::ModuleInstance<Store> instance_{nullptr};
  std::string error_;
  shoal_writer writer_{sizeof(shoal_writer), 0, &error_, &write};
};

TEST_F(Offsets, AreSetWhereTheyAreKnown) {
  std::array partitions{wider(1, SHOAL_OFFSET_UNKNOWN), wider(4, SHOAL_OFFSET_UNKNOWN)};
  EXPECT_EQ(factory_.size, sizeof(shoal_offsets_factory));
  EXPECT_EQ(start(partitions.data(), 2), SHOAL_STATUS_OK) << error_;
  EXPECT_EQ(partitions[0].known.offset, SHOAL_OFFSET_UNKNOWN);
  EXPECT_EQ(partitions[1].known.offset, 40);
  EXPECT_EQ(partitions[0].added, 7U);
  EXPECT_EQ(instance_.object->calls, std::vector<std::string>{"source topic"});
}

TEST_F(Offsets, AreToldWhenTheyAreReleased) {
  std::array partitions{wider(0, 12), wider(3, 0)};
  EXPECT_EQ(factory_.released(instance(), bytes("source"), bytes("topic"), &partitions[0].known, 2, &writer_),
            SHOAL_STATUS_OK);
  EXPECT_EQ(instance_.object->calls, (std::vector<std::string>{"0:12", "3:0"}));
}

TEST_F(Offsets, AnExceptionIsAFailureWithItsText) {
  Wider partition = wider(0, 5);
  EXPECT_EQ(start(&partition, 1), SHOAL_STATUS_FAILED);
  EXPECT_EQ(error_, "an offset is there already");
  EXPECT_EQ(partition.known.offset, 5);
}

TEST_F(Offsets, NoneIsNegative) {
  shoal::PartitionOffset one(3);
  EXPECT_THROW(one.set(-1), std::invalid_argument);
  EXPECT_FALSE(one.offset());
}

}  // namespace

SHOAL_MODULE("keeper", "1.0", shoal::shared<Store>(),
             shoal::entity<Plain>("plain").on<Ping>("ping", shoal::json))
