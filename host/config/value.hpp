#pragma once
// A tree of configuration values before they are checked: what the file, the environment and --set say, with
// the place each value comes from. Plain values; whoever holds a tree owns it.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace shoal::config {

// Where a value comes from. Later layers win over earlier ones.
enum class Layer { built_in, file, environment, set };

struct Origin {
  Layer layer = Layer::built_in;
  std::string name;          // the file, the variable or the key given to --set
  std::uint32_t line = 0;    // from 1; file only
  std::uint32_t column = 0;  // from 1; file only
};

// "default", "a.toml:3:7", "environment SHOAL_NODE__LANES" or "--set node.lanes". Never shows a value.
std::string to_text(const Origin& origin);

// A TOML date, time or date-time as it is written.
struct Date {
  std::string text;
};

struct Value;
using List = std::vector<Value>;
using Table = std::map<std::string, Value, std::less<>>;

struct Value {
  std::variant<bool, std::int64_t, double, std::string, Date, List, Table> data;
  Origin origin;      // of the value
  Origin key_origin;  // of its key; for the elements of a list the same as `origin`
  // Environment and --set: the text before it was read as TOML, so that a text key takes `007` or `1e5` as it
  // is.
  std::string written;
};

// Gives the value, and all that is in it, one origin.
void set_origin(Value& value, const Origin& origin);

// Something that is wrong and where.
struct Problem {
  Origin origin;
  std::string text;
};

// "a text", "a whole number", …: how messages name what was found.
const char* kind_name(const Value& value);

}  // namespace shoal::config
