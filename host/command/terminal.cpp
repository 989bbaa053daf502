#include "host/command/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "host/command/text_table.hpp"

namespace shoal::command {
namespace {

constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view to_top = "\x1b[H";
constexpr std::string_view clear_to_line_end = "\x1b[K";
constexpr std::string_view clear_to_screen_end = "\x1b[J";

// True where the key q was pressed; the other keys are forgotten.
bool takes_quit_key() {
  std::array<char, 64> keys{};
  const ssize_t size = ::read(STDIN_FILENO, keys.data(), keys.size());
  return size > 0 &&
         std::any_of(keys.begin(), keys.begin() + size, [](char key) { return key == 'q' || key == 'Q'; });
}

}  // namespace

bool writes_to_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

LiveScreen::LiveScreen() : is_on_(writes_to_terminal()) {
  if (!is_on_) return;
  termios keys{};
  if (::tcgetattr(STDIN_FILENO, &keys) == 0) {
    keys_before_ = keys;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    // A stopped program would leave the terminal as it is now.
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  std::cout << enter_screen << std::flush;
}

LiveScreen::~LiveScreen() {
  if (!is_on_) return;
  std::cout << leave_screen << std::flush;
  if (keys_before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*keys_before_);
}

void draw(std::string_view page) {
  const TerminalSize size = terminal_size();
  std::string text{to_top};
  for (std::size_t row = 0; row < size.rows && !page.empty(); ++row) {
    const std::size_t end = page.find('\n');
    if (row > 0) text += "\n";
    text.append(first_columns(page.substr(0, end), size.columns)).append(clear_to_line_end);
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
  }
  std::cout << text << clear_to_screen_end << std::flush;
}

WaitEnd wait_for(std::chrono::milliseconds time, const kafka::StopSignals& signals) {
  const auto until = std::chrono::steady_clock::now() + time;
  // Keys are for the terminal's view only; a script's stdin is the script's.
  const bool has_keys = writes_to_terminal() && ::isatty(STDIN_FILENO) == 1;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return WaitEnd::time;
    std::array<pollfd, 2> waiting{pollfd{signals.descriptor(), POLLIN, 0},
                                  pollfd{has_keys ? STDIN_FILENO : -1, POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    if (signals.take()) return WaitEnd::stop;
    if ((waiting[1].revents & (POLLHUP | POLLERR)) != 0) return WaitEnd::stop;
    if ((waiting[1].revents & POLLIN) != 0 && takes_quit_key()) return WaitEnd::stop;
  }
}

}  // namespace shoal::command
