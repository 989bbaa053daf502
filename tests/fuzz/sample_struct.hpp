#pragma once
// A struct with a field of every kind that codecs know, for the codecs' targets.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shoal/fields.hpp"

namespace shoal::fuzz {

struct Leg {
  std::string to;
  std::optional<std::int32_t> delay;
  SHOAL_FIELDS(Leg, to, delay)
};

// Only `must` has to be there, so that short inputs get far.
struct Sample {
  bool must = false;
  std::int8_t i8 = 0;
  std::int16_t i16 = 0;
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  float real = 0;
  double wide = 0;
  std::string text;
  std::optional<std::string> maybe;
  std::optional<Leg> leg;
  std::vector<std::int64_t> numbers;
  std::vector<Leg> legs;
  std::map<std::string, std::vector<std::optional<double>>> table;
  std::vector<Sample> inner;
  SHOAL_FIELDS(Sample, must, i8, i16, i32, i64, u8, u16, u32, u64, real, wide, text, maybe, leg, numbers,
               legs, table, inner)
  SHOAL_DEFAULTED(Sample, i8, i16, i32, i64, u8, u16, u32, u64, real, wide, text, numbers, legs, table, inner)
};

}  // namespace shoal::fuzz
