// Follows each aircraft of 2013 by its tail number: how much it flew, where it is, how late it was. Very late
// arrivals go to the sink `alerts`.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

// The fields it needs of the flights data; null stands for a flight that did not depart or arrive.
struct Flight {
  std::optional<double> dep_time;
  std::optional<double> arr_delay;
  double distance = 0;
  std::string dest;
  std::string time_hour;
  SHOAL_FIELDS(Flight, dep_time, arr_delay, distance, dest, time_hour)
};

struct Alert {
  std::string_view tailnum, time_hour, dest;
  double arr_delay;
  SHOAL_FIELDS(Alert, tailnum, time_hour, dest, arr_delay)
};

struct Summary {};

struct Aircraft {
  std::int64_t flights = 0;
  std::int64_t cancelled = 0;
  double distance_miles = 0;
  std::optional<std::string> airport;
  double arr_delay_minutes = 0;
  std::optional<double> longest_delay_minutes;
  SHOAL_FIELDS(Aircraft, flights, cancelled, distance_miles, airport, arr_delay_minutes,
               longest_delay_minutes)

  static shoal::Admission admit(const shoal::Record& record) {
    const std::string_view tailnum = record.key().value_or("");
    if (tailnum.empty() || tailnum == "NA")
      return shoal::Admission::dead_letter("the flight has no tail number");
    return shoal::Admission::accept();
  }

  void on(shoal::Context& ctx, const Flight& flight) {
    ++flights;
    if (!flight.dep_time) {
      ++cancelled;
      return;
    }
    distance_miles += flight.distance;
    airport = flight.dest;
    if (!flight.arr_delay) return;
    const double delay = *flight.arr_delay;
    arr_delay_minutes += delay;
    longest_delay_minutes = std::max(longest_delay_minutes.value_or(delay), delay);
    if (delay >= 180) ctx.emit("alerts", ctx.id(), Alert{ctx.id(), flight.time_hour, flight.dest, delay});
  }

  void on(shoal::Context& ctx, const Summary&) const { ctx.reply(*this); }
};

}  // namespace

SHOAL_MODULE(
    "aircraft", "1.0.0",
    shoal::entity<Aircraft>("aircraft").on<Flight>("flight", shoal::json).on<Summary>("summary", shoal::json))
