"""Who may include what: the layers between own folders, and the one place of each library."""

import fnmatch
import re

from tree import Violation

# Own folders: what each may include besides itself. `sdk` here is everything below `shoal/`.
LAYERS = {
    "sdk": (),
    "cluster": ("sdk",),
    "journal": ("sdk",),
    "plugins": ("sdk",),
    "host": ("sdk", "cluster", "journal"),
}
OWN = ("cluster/", "journal/", "host/", "plugins/", "tests/")

# Inside host/: what each folder may include besides itself. Files directly in host/ compose everything.
HOST_LAYERS = {
    "config": (),
    "modules": ("config",),
    "kafka": ("config",),
    "lanes": ("config", "modules", "kafka"),
    "management": (),
    "cluster": ("config", "management"),
    "command": ("config", "kafka", "management", "modules"),
}

# A library: the start of its includes, where it may be included, and by how many files at most (None: any).
LIBRARIES = (
    ("zmq", ("cluster/transport/*",), 1),
    ("rocksdb/", ("journal/rocks_state_store.cpp", "tests/unit/journal/rocks_state_store_test.cpp"), 2),
    ("librdkafka/", ("host/kafka/*", "journal/kafka_*"), None),
    ("boost/dll", ("host/modules/*",), 1),
    ("boost/beast", ("host/management/*",), 3),
    ("boost/asio", ("host/management/*",), 3),
    ("boost/outcome", ("sdk/base/*",), None),
    ("nlohmann/", ("sdk/include/shoal/json.hpp", "host/*"), None),
    ("msgpack", ("sdk/include/shoal/msgpack.hpp", "host/*"), None),
    ("toml++", ("host/config/*",), None),
    ("CLI/", ("host/command/*",), None),
    ("spdlog/", ("host/*",), None),
    ("concurrentqueue", ("host/*", "cluster/transport/*"), None),
    ("zlib.h", ("host/kafka/*",), None),
    ("sodium", ("host/*", "cluster/transport/keys.cpp"), None),
    ("xxhash.h", ("host/*",), None),
    ("mimalloc", ("host/*",), None),
    ("ucontext.h", ("tests/sim/journal/fiber.hpp",), None),
    ("sanitizer/", ("tests/sim/journal/fiber.cpp",), None),
    ("gtest/", ("tests/*", "sdk/template/*"), None),
    ("gmock/", ("tests/*", "sdk/template/*"), None),
    ("rapidcheck.h", ("tests/unit/journal/log_property_test.cpp",), 1),
    ("rocksdb/", ("tests/bench/rocksdb_writer.cpp",), 1),
)

SYSTEM = re.compile(
    r"^(assert|ctype|errno|float|inttypes|limits|math|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|"
    r"stdint|stdio|stdlib|string|threads|time|wchar|"
    r"dirent|dlfcn|elf|fcntl|getopt|libgen|link|malloc|netdb|poll|pthread|sched|"
    r"regex|spawn|semaphore|syslog|cxxabi|termios|unistd|execinfo|arpa/\w+|netinet/\w+|sys/\w+|linux/\w+)\.h$"
)
C_STANDARD = ("stdint.h", "stddef.h", "stdbool.h", "string.h", "stdlib.h")
# What the SDK's codec headers stand on; every other SDK header needs the standard library alone.
SDK_CODECS = {"sdk/include/shoal/json.hpp": "nlohmann/", "sdk/include/shoal/msgpack.hpp": "msgpack"}


def includes(text):
    """(line, target, quoted) of every #include."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            found.append((number, match.group(2), match.group(1) == '"'))
    return found


def is_standard(target):
    return "." not in target and "/" not in target


def is_library_free_sdk(path):
    return path.startswith(("sdk/include/", "sdk/testkit/")) and path not in SDK_CODECS


def folder_of(target):
    """The own folder that an include names, or None."""
    if target.startswith("shoal/"):
        return "sdk"
    return target.split("/")[0] if target.startswith(OWN) else None


def check_own(path, number, target):
    """One include of an own header."""
    source, destination = path.split("/")[0], folder_of(target)
    if source in LAYERS and destination not in (source, *LAYERS[source]):
        return [Violation("layers", path, number, f"{source}/ must not know {destination}/ ({target})")]
    if source == "plugins" and target.startswith("shoal/base/"):
        return [Violation("layers", path, number, f"plugins see the installed SDK only, not {target}")]
    parts = path.split("/")
    if source == "host" and destination == "host" and len(parts) > 2 and parts[1] in HOST_LAYERS:
        inner = target.split("/")[1]
        if "/" in target[5:] and inner not in (parts[1], *HOST_LAYERS[parts[1]]):
            return [
                Violation("layers", path, number, f"host/{parts[1]} must not know host/{inner} ({target})")
            ]
    return []


def library_of(target):
    return next((entry for entry in LIBRARIES if target.startswith(entry[0])), None)


def check_foreign(path, number, target):
    """One include of something that is not ours."""
    if is_standard(target) or (SYSTEM.match(target) and not is_library_free_sdk(path)):
        return []
    if is_library_free_sdk(path):
        if target in C_STANDARD:
            return []
        return [
            Violation(
                "sdk-core", path, number, f"needs the standard library and nothing else, not <{target}>"
            )
        ]
    entry = library_of(target)
    if path in SDK_CODECS:
        if target.startswith(SDK_CODECS[path]):
            return []
        return [Violation("sdk-core", path, number, f"stands on {SDK_CODECS[path]} alone, not <{target}>")]
    if entry is None:
        return [Violation("library", path, number, f"<{target}> is of no library in tests/rules/layers.py")]
    if path.startswith("tests/") or any(fnmatch.fnmatch(path, place) for place in entry[1]):
        return []
    return [Violation("library", path, number, f"<{target}> belongs in {' or '.join(entry[1])}")]


def check_counts(tree):
    """A library that only so many files may see."""
    found = []
    for start, _, files_max in LIBRARIES:
        if files_max is None:
            continue
        users = sorted(
            path
            for path, text in tree.cpp().items()
            if not path.startswith("tests/")
            and any(target.startswith(start) for _, target, _ in includes(text))
        )
        for path in users[files_max:]:
            found.append(
                Violation("library", path, 1, f"only {files_max} file(s) may include {start}: {users}")
            )
    return found


def is_beside(tree, path, target):
    """A quoted include of a file in the same folder, or below a folder of its own project."""
    folder = path.rsplit("/", 1)[0]
    return f"{folder}/{target}" in tree.files


def check(tree):
    found = []
    for path, text in tree.cpp().items():
        for number, target, quoted in includes(text):
            if folder_of(target):
                found += check_own(path, number, target)
            elif not (quoted and is_beside(tree, path, target)):
                found += check_foreign(path, number, target)
    return found + check_counts(tree)
