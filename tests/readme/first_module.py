"""Reads the lines of a README section as a user would type them, and what the page says they print.

A fence `sh` or `bash` is lines to run. A fence `text` right after it is what they print: each of its
lines must appear, in this order, in the output of the lines before it; `…` stands for anything.
"""

import dataclasses
import re

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
RUN = ("sh", "bash")


@dataclasses.dataclass
class Step:
    commands: str
    prints: list


def section(text, heading):
    """The text below a heading, up to the next heading of its own or a higher level."""
    # Lines inside fences are no headings, whatever they begin with.
    hidden = FENCE.sub(lambda fence: re.sub(r"(?m)^#", " ", fence.group()), text)
    found = re.search(rf"^(#+) {re.escape(heading)}\s*$", hidden, re.M)
    if found is None:
        raise ValueError(f"no heading '{heading}'")
    level = len(found.group(1))
    end = re.search(rf"^#{{1,{level}}} ", hidden[found.end() :], re.M)
    return text[found.end() : found.end() + end.start() if end else len(text)]


def steps(text):
    """The steps of a section, in order."""
    found = []
    for language, body in FENCE.findall(text):
        if language in RUN:
            found.append(Step(body, []))
        elif language == "text" and found:
            found[-1].prints += body.splitlines()
    return found


def missing(output, prints):
    """The first line that the output does not have where it should; None where all are there."""
    rest = output
    for line in filter(str.strip, prints):
        pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
        match = re.search(pattern, rest)
        if match is None:
            return line
        rest = rest[match.end() :]
    return None
