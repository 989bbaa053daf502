// In a file of its own: the parser takes longer to compile than any target.
#include <nlohmann/json.hpp>

#include "target.hpp"

namespace shoal::fuzz {

bool is_json(std::string_view text) {
  // The parser takes a NUL for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos) return false;
  constexpr int number_overflow = 406;
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range& refusal) {
    return refusal.id == number_overflow;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace shoal::fuzz
