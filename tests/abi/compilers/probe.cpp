// What differs between compilers and standard libraries is all in here: strings, containers, optionals and
// exceptions. Messages are JSON; the state is MessagePack, as all that the type sends. SHOAL_PROBE_VARIANT
// names module and type.

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shoal/json.hpp"
#include "shoal/msgpack.hpp"
#include "shoal/shoal.hpp"

namespace {

struct Append {
  std::string text;
  std::optional<double> weight;
  SHOAL_FIELDS(Append, text, weight)
};

struct Get {};

struct Fail {
  std::string reason;
  SHOAL_FIELDS(Fail, reason)
};

struct Probe {
  std::vector<std::string> texts;
  std::map<std::string, std::int64_t> lengths;
  std::optional<double> weight;
  SHOAL_FIELDS(Probe, texts, lengths, weight)

  explicit Probe(const shoal::Context& ctx) {
    if (ctx.id() == "refuse") throw std::invalid_argument("an id that is refused");
  }

  void on(shoal::Context&, const Append& append) {
    texts.push_back(append.text);
    lengths[append.text.substr(0, 1)] = static_cast<std::int64_t>(append.text.size());
    if (append.weight) weight = weight.value_or(0) + *append.weight;
  }

  void on(shoal::Context& ctx, const Get&) { ctx.reply(*this); }

  void on(shoal::Context&, const Fail& fail) {
    texts.push_back("this change ends with the entity");
    if (fail.reason.empty()) throw 42;
    throw std::runtime_error(fail.reason);
  }
};

}  // namespace

SHOAL_MODULE("probe_" SHOAL_PROBE_VARIANT, "1.0.0",
             shoal::entity<Probe>("probe_" SHOAL_PROBE_VARIANT)
                 .on<Append>("append", shoal::json)
                 .on<Get>("get", shoal::json)
                 .on<Fail>("fail", shoal::json)
                 .sends(shoal::msgpack))
