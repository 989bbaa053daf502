// The module of the Kafka rows. `counted` counts its records and bytes: it costs one call through the ABI.
// `copied` emits each record as it came. `timed` takes the time since a record was sent.

#include <cstdint>

#include "latency.hpp"
#include "shoal/json.hpp"
#include "shoal/msgpack.hpp"
#include "shoal/shoal.hpp"

namespace {

struct Counted {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  SHOAL_FIELDS(Counted, records, bytes)

  void on(shoal::Context&, const shoal::Raw& record) {
    ++records;
    bytes += record.data.size();
  }
};

struct Copied {
  void on(shoal::Context& ctx, const shoal::Raw& record) const { ctx.emit("copies", ctx.id(), record); }
};

// Of all entities.
struct Shared {
  explicit Shared(const shoal::Config&) {}
  shoal::bench::Latencies latencies;
};

struct Reset {};
struct Get {};
struct Summary {
  std::uint64_t records = 0;
  double p50_us = 0;
  double p99_us = 0;
  SHOAL_FIELDS(Summary, records, p50_us, p99_us)
};

struct Timed {
  void on(shoal::Context& ctx, const shoal::Raw& record) const {
    const std::int64_t sent = shoal::bench::written_ns(record.data.data());
    ctx.shared<Shared>().latencies.add(shoal::bench::steady_ns() - sent);
  }
  void on(shoal::Context& ctx, const Reset&) const { ctx.shared<Shared>().latencies.reset(); }
  void on(shoal::Context& ctx, const Get&) const {
    const shoal::bench::Latencies& latencies = ctx.shared<Shared>().latencies;
    ctx.reply(Summary{latencies.total(), latencies.us(0.5), latencies.us(0.99)});
  }
};

}  // namespace

SHOAL_MODULE("kafka_bench", "1.0.0", shoal::shared<Shared>(),
             shoal::entity<Counted>("counted").state(shoal::msgpack).on<shoal::Raw>("record", shoal::raw),
             shoal::entity<Copied>("copied").on<shoal::Raw>("record", shoal::raw),
             shoal::entity<Timed>("timed")
                 .on<shoal::Raw>("record", shoal::raw)
                 .on<Reset>("reset", shoal::json)
                 .on<Get>("get", shoal::json))
