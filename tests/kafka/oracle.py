"""What the flights of 2013 must come to, calculated from the CSV alone.

An aircraft's state, exactly: counters start at 0, `airport` and `longest_delay_minutes` at null. Each
flight adds one to `flights`. Without a departure time it adds one to `cancelled` and nothing else.
Otherwise `distance_miles` grows by its distance, `airport` is its destination, and where it has an
arrival delay, `arr_delay_minutes` grows by that, `longest_delay_minutes` is the greatest so far, and 180
minutes or more are an alert. A flight without a tail number belongs to no aircraft and is a dead letter.
"""

import csv
import gzip
import pathlib

FLIGHTS = pathlib.Path(__file__).resolve().parents[1] / "data" / "flights-2013.csv.gz"
ALERT_MINUTES_MIN = 180
NEW_AIRCRAFT = {
    "flights": 0,
    "cancelled": 0,
    "distance_miles": 0,
    "arr_delay_minutes": 0,
    "airport": None,
    "longest_delay_minutes": None,
}


class Oracle:
    """`aircraft`: {tailnum: summary}; `alerts`: list of (tailnum, time_hour, dest, arr_delay), in order."""

    def __init__(self, rows):
        self.aircraft = {}
        self.alerts = []
        self.rows = 0
        self.without_tailnum = 0
        for row in rows:
            self.rows += 1
            if is_null(row["tailnum"]):
                self.without_tailnum += 1
            else:
                self.fly(self.aircraft.setdefault(row["tailnum"], dict(NEW_AIRCRAFT)), row)

    def fly(self, state, row):
        state["flights"] += 1
        if is_null(row["dep_time"]):
            state["cancelled"] += 1
            return
        state["distance_miles"] += int(row["distance"])
        state["airport"] = row["dest"]
        if is_null(row["arr_delay"]):
            return
        delay, longest = int(row["arr_delay"]), state["longest_delay_minutes"]
        state["arr_delay_minutes"] += delay
        state["longest_delay_minutes"] = delay if longest is None else max(longest, delay)
        if delay >= ALERT_MINUTES_MIN:
            self.alerts.append((row["tailnum"], row["time_hour"], row["dest"], delay))


def is_null(text):
    return text in ("", "NA")


def read(path=FLIGHTS, limit=None):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return Oracle(row for index, row in enumerate(rows) if limit is None or index < limit)


if __name__ == "__main__":
    whole = read()
    print(whole.rows, len(whole.aircraft), whole.without_tailnum, len(whole.alerts))
    print(whole.aircraft["N14228"])
