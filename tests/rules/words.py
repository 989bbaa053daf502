"""What must not be written: waiting by the clock, clocks and chance in pure code, leftovers."""

import fnmatch
import re

from tree import Violation, blanked, lines_matching

SLEEP = r"\b(sleep_for|sleep_until)\b|\b(usleep|nanosleep)\s*\(|(?<![.>])\bsleep\s*\(\s*\d"
# Functions of the core: input and now in, outputs out. A pattern that matches no file is a violation itself.
PURE_FILES = (
    "cluster/*",
    "cluster/transport/admission.*",
    "cluster/transport/allow_list.*",
    "cluster/transport/frame.*",
    "cluster/transport/hello.*",
    "cluster/transport/outbox.*",
    "cluster/transport/warnings.*",
    "tests/sim/world.*",
    "tests/sim/oracles.*",
    "tests/sim/scenarios.*",
    "tests/sim/bugs.*",
    "host/log_line.*",
    "host/command/completion.*",
    "host/command/json_table.*",
    "host/command/top_view.*",
    "host/config/consistency.*",
    "host/config/duration.*",
    "host/config/key_value.*",
    "host/config/layers.*",
    "host/config/names.*",
    "host/config/reload.*",
    "host/config/schema.*",
    "host/config/secrets.*",
    "host/config/suggestion.*",
    "host/config/toml_text.*",
    "host/kafka/csv_json.*",
    "host/kafka/csv_reader.*",
    "host/lanes/block_list.*",
    "host/lanes/entity_table.*",
    "host/lanes/eviction.*",
    "host/lanes/failure_budget.*",
    "host/lanes/frequency_sketch.*",
    "host/lanes/idle_sweep.*",
    "host/lanes/lru_eviction.*",
    "host/lanes/offset_ledger.*",
    "host/lanes/request_window.*",
    "host/lanes/timer_queue.*",
    "host/lanes/tinylfu_eviction.*",
    "host/management/body_codec.*",
    "host/management/json_text.*",
    "host/management/metrics.*",
    "host/management/metrics_text.*",
    "host/management/percent.*",
    "host/management/problem.*",
    "host/management/request_guard.*",
    "host/management/routes.*",
    "host/management/status_json.*",
    "host/modules/elf_check.*",
    "host/modules/handshake.*",
)
IMPURE = (
    r"\b(system|steady|high_resolution|utc)_clock\s*::\s*now\b|\bclock_gettime\b|\bgettimeofday\b|"
    r"\btime\s*\(\s*(NULL|nullptr)|"
    r"\brandom_device\b|\bmt19937\w*\b|\brand\s*\(|\bgetrandom\b|\bthis_thread\b|"
    r"#\s*include\s*[<\"](thread|mutex|condition_variable|atomic|spdlog/|sys/socket|unistd)"
)
# Spelled in two halves, so that this file does not break its own rule.
LEFTOVERS = "|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")))
ELSEWHERE = "|".join(
    (
        "\\.\\./sha" + "red",
        "\\b(DESI" + "GN|facts|features|conventions|interfaces)\\.md",
        "DESI" + "GN §",
        "/wo" + "rk/",
        "\\b[Ii]ssue #?\\d",
    )
)
FIXED_WIDTH = re.compile(r"\bstd::u?int(8|16|32|64)_t\b")
BAD_NAMES = re.compile(r"(^|/)(utils?|commons?|helpers?|misc|manager_of_managers)(\.|/|$)")


def check_sleep(tree):
    found = []
    for path, text in tree.cpp().items():
        for number, line in lines_matching(blanked(text), SLEEP):
            found.append(
                Violation("sleep", path, number, "wait on a condition with a deadline: " + line.strip())
            )
    return found


def check_python_sleep(tree):
    """Python waits in one place: a loop over a condition with a deadline."""
    found = []
    for path, text in tree.ending(".py").items():
        if path in ("tests/kafka/waiting.py", "tests/rules/words.py", "tests/rules/test_rules.py"):
            continue
        for number, line in lines_matching(text, r"\btime\.sleep\b|\bimport sleep\b"):
            found.append(Violation("sleep", path, number, "use waiting.wait_until: " + line.strip()))
    return found


def check_pure(tree, patterns=PURE_FILES):
    found = []
    for pattern in patterns:
        # In that folder, not below it.
        paths = [
            path
            for path in tree.cpp()
            if fnmatch.fnmatch(path, pattern) and path.count("/") == pattern.count("/")
        ]
        if not paths:
            found.append(Violation("pure", pattern, 1, "no such file: mend the list in tests/rules/words.py"))
        for path in paths:
            for number, line in lines_matching(blanked(tree.files[path]), IMPURE):
                found.append(
                    Violation("pure", path, number, "time and chance come in as arguments: " + line.strip())
                )
    return found


def check_leftovers(tree):
    found = []
    for path, text in tree.files.items():
        for number, line in lines_matching(text, LEFTOVERS):
            found.append(Violation("leftover", path, number, line.strip()))
        for number, line in lines_matching(text, ELSEWHERE):
            found.append(
                Violation("elsewhere", path, number, "names what is not in the project: " + line.strip())
            )
    return found


def check_dead_code(tree):
    """A comment that reads as a statement. Examples stand two blanks in or more, and are let through."""
    keyword = r"(return|if|for|while|delete|break|continue)\b.*[;{}]"
    statement = keyword + r"|\S.*\w\(.*\)\s*[;{]|[\w:<>*& .-]+ = .*;|#include.*|}"
    found = []
    for path, text in tree.cpp().items():
        for number, line in lines_matching(text, rf"^\s*//+ ?(?=\S)({statement})\s*$"):
            found.append(Violation("dead-code", path, number, line.strip()))
    return found


def check_names(tree):
    return [
        Violation("name", path, 1, "says nothing of its concept")
        for path in tree.files
        if BAD_NAMES.search(path)
    ]


def check_goal(tree):
    """The first line of a test says goal and method."""
    found = []
    for path, text in tree.files.items():
        name = path.rsplit("/", 1)[-1]
        is_test = (path.startswith("tests/") and path.endswith(".cpp") and "TEST" in text) or (
            name.startswith("test_") and name.endswith(".py")
        )
        first = next((line for line in text.splitlines() if not line.startswith("#!")), "")
        if is_test and (not first.startswith(("//", "/*", '"""', "#")) or len(first) < 40):
            found.append(Violation("test-goal", path, 1, "its first line says goal and method"))
    return found


def check_pragma(tree):
    return [
        Violation("pragma-once", path, 1, "a C++ header begins with #pragma once")
        for path, text in tree.ending(".hpp").items()
        if "#pragma once" not in text
    ]


def check_integers(tree):
    """A newer standard library includes <cstdint> from fewer of its headers."""
    return [
        Violation("cstdint", path, 1, "names fixed-width integers: include <cstdint>")
        for path, text in tree.ending(".hpp").items()
        if FIXED_WIDTH.search(text) and "#include <cstdint>" not in text
    ]


def check(tree):
    rules = (
        check_sleep,
        check_python_sleep,
        check_pure,
        check_leftovers,
        check_dead_code,
        check_names,
        check_goal,
        check_pragma,
        check_integers,
    )
    return [violation for rule in rules for violation in rule(tree)]
