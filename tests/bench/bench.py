"""Measures Shoal, each figure beside its floor of the same run.

    bench.py --build DIR [GROUP] [--json FILE] [--long]

Groups: cluster, journal, kafka, local. The figures are medians; no speed fails a run. The JSON is an array of
{id, value, unit, floor, ratio, command}; the ratio is value by floor, over variants of a row (1 and 2 lanes)
the worst counts.
"""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))

import cluster_rows  # noqa: E402  (needs the path above)
import journal_rows  # noqa: E402
import kafka_rows  # noqa: E402
import local_rows  # noqa: E402
import requirements  # noqa: E402

GROUPS = {
    "cluster": cluster_rows.measure,
    "journal": journal_rows.measure,
    "kafka": kafka_rows.measure,
    "local": local_rows.measure,
}


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def table(rows):
    print(f"{'id':<20} {'value':>12} {'unit':<15} {'floor':>12} {'ratio':>6}")
    for row in rows:
        floor = "" if row["floor"] is None else number(row["floor"])
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(f"{row['id']:<20} {number(row['value']):>12} {row['unit']:<15} {floor:>12} {ratio:>6}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("group", nargs="?", choices=sorted(GROUPS), help="default: all")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build's folder")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows there instead of a table")
    parser.add_argument("--long", action="store_true", help="more records and runs")
    options = parser.parse_args()
    rows = []
    for name in [options.group] if options.group else sorted(GROUPS):
        rows += GROUPS[name](options.build.resolve(), options.long)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    else:
        table(rows)


if __name__ == "__main__":
    requirements.main_guard(main)
