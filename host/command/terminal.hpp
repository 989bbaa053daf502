#pragma once
// The terminal behind stdin and stdout, for a view that is drawn again and again. [main]

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "host/kafka/stop_signals.hpp"

namespace shoal::command {

struct TerminalSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

// Whether stdout is a terminal.
bool writes_to_terminal();
TerminalSize terminal_size();

// While it lives, a terminal shows its other screen without a cursor, and keys come at once and unseen.
// What was before is back at the end. Does nothing where stdout is no terminal.
class LiveScreen {
 public:
  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

 private:
  bool is_on_ = false;
  std::optional<termios> keys_before_;
};

// Shows a page from the top of the screen; what does not fit is cut off.
void draw(std::string_view page);

enum class WaitEnd { time, stop };
// Waits for the time, for a stop signal or, where stdin is a terminal, for the key q.
WaitEnd wait_for(std::chrono::milliseconds time, const kafka::StopSignals& signals);

}  // namespace shoal::command
