"""What a row of the table is: the variant of the worst ratio speaks for all."""


def row(name, unit, variants, command, more_is_better=True):
    """`variants` are (figure, floor), the floor None where there is none; the ratio is figure by floor."""

    def ratio(variant):
        return None if variant[1] is None else variant[0] / variant[1]

    compared = [variant for variant in variants if variant[1] is not None]
    worst = (min if more_is_better else max)(compared, key=ratio) if compared else variants[0]
    value, floor = worst
    found = {"id": name, "value": value, "unit": unit, "floor": floor, "ratio": ratio(worst)}
    return {**found, "command": command}
