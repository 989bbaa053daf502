#pragma once
// Fiber: a function with a stack of its own, which goes on where it stopped: so that a simulator can stop a
// process in the middle of production code, at a call of the disk, and let another one run. One thread.

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace shoal::sim {

class Fiber {
 public:
  // `body` runs from the first `resume` on, and lets no exception out.
  explicit Fiber(std::function<void()> body);
  // Requires: it has ended, or was never resumed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs it until it stops or ends. Requires: not ended, and not called by itself.
  void resume();
  // Called by the body: back to who resumed it.
  void stop();
  bool has_ended() const { return has_ended_; }

 private:
  static void enter(unsigned high, unsigned low);
  void run();
  void switch_out();

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t own_{};
  ucontext_t resumer_{};
  bool has_begun_ = false;
  bool has_ended_ = false;
  // What the address sanitizer asks to know of a stack.
  [[maybe_unused]] void* own_fake_stack_ = nullptr;
  [[maybe_unused]] const void* resumer_bottom_ = nullptr;
  [[maybe_unused]] std::size_t resumer_size_ = 0;
};

}  // namespace shoal::sim
