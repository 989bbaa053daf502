#pragma once
// LocalHealth: how far this node trusts its own eyes (Lifeguard). Each probe of its own that fails for no
// known fault of the other side, and each accusation of itself, makes it more patient with others; each
// answered probe, less. Its time-outs are those of the configuration times `factor()`.

#include <algorithm>
#include <cstdint>

namespace shoal::cluster {

class LocalHealth {
 public:
  explicit LocalHealth(std::uint32_t worst) : worst_(worst) {}

  void worsen(std::uint32_t steps) { score_ = std::min(worst_, score_ + steps); }
  void recover() { score_ -= score_ > 0 ? 1 : 0; }

  // 1 while all is well, 1 + worst at most.
  std::int64_t factor() const { return 1 + std::int64_t{score_}; }

 private:
  std::uint32_t worst_;
  std::uint32_t score_ = 0;
};

}  // namespace shoal::cluster
