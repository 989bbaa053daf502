// The same aircraft as the module `aircraft` has, event by event: an aircraft is what its logbook says. It
// shows that a year of flights comes to the same by events as by states.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

struct Flight {
  std::optional<double> dep_time;
  std::optional<double> arr_delay;
  double distance = 0;
  std::string dest;
  std::string time_hour;
  SHOAL_FIELDS(Flight, dep_time, arr_delay, distance, dest, time_hour)
};

struct Flown {
  double distance = 0;
  std::string dest;
  std::optional<double> arr_delay;
  SHOAL_FIELDS(Flown, distance, dest, arr_delay)
};
struct Cancelled {};

struct Alert {
  std::string_view tailnum, time_hour, dest;
  double arr_delay;
  SHOAL_FIELDS(Alert, tailnum, time_hour, dest, arr_delay)
};

struct Summary {};

struct Logbook {
  std::int64_t flights = 0;
  std::int64_t cancelled = 0;
  double distance_miles = 0;
  std::optional<std::string> airport;
  double arr_delay_minutes = 0;
  std::optional<double> longest_delay_minutes;
  SHOAL_FIELDS(Logbook, flights, cancelled, distance_miles, airport, arr_delay_minutes, longest_delay_minutes)

  static shoal::Admission admit(const shoal::Record& record) {
    const std::string_view tailnum = record.key().value_or("");
    if (tailnum.empty() || tailnum == "NA")
      return shoal::Admission::dead_letter("the flight has no tail number");
    return shoal::Admission::accept();
  }

  void on(shoal::Context& ctx, const Flight& flight) {
    if (!flight.dep_time) return ctx.persist(Cancelled{});
    ctx.persist(Flown{flight.distance, flight.dest, flight.arr_delay});
    if (flight.arr_delay.value_or(0) >= 180)
      ctx.emit("alerts", ctx.id(), Alert{ctx.id(), flight.time_hour, flight.dest, *flight.arr_delay});
  }
  void on(shoal::Context& ctx, const Summary&) const { ctx.reply(*this); }

  void apply(const Flown& flown) {
    ++flights;
    distance_miles += flown.distance;
    airport = flown.dest;
    if (!flown.arr_delay) return;
    arr_delay_minutes += *flown.arr_delay;
    longest_delay_minutes = std::max(longest_delay_minutes.value_or(*flown.arr_delay), *flown.arr_delay);
  }
  void apply(const Cancelled&) {
    ++flights;
    ++cancelled;
  }
};

}  // namespace

SHOAL_MODULE("logbook", "1.0.0",
             shoal::entity<Logbook>("aircraft")
                 .on<Flight>("flight", shoal::json)
                 .on<Summary>("summary", shoal::json)
                 .event<Flown>("flown", shoal::json)
                 .event<Cancelled>("cancelled", shoal::json))
