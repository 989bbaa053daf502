// Goal: the installed core and testkit work by themselves. Method: one turn of a behaviour that answers plain
// bytes.
#include "shoal/testkit.hpp"

int main() {
  shoal::testkit::Kit kit("echo");
  const shoal::testkit::Turn turn = kit.ask("one", "echo", "said and said again");
  return turn.ok() && turn.reply && turn.reply->body == "said and said again" ? 0 : 1;
}
