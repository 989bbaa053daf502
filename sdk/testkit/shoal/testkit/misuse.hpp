#pragma once
// Misuse: the module or the test broke a rule of the ABI or of the testkit. The text says which.

#include <stdexcept>
#include <string>

namespace shoal::testkit {

class Misuse : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool condition, const std::string& rule) {
  if (!condition) throw Misuse(rule);
}

}  // namespace shoal::testkit
