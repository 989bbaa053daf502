"""The rule checker itself: a clean tree has no violation, each planted one is found."""

import pathlib
import re
import shutil
import tempfile
import unittest

import folders
import headers
import layers
import sizes
import words
from tree import Tree

HEADER = "#pragma once\n// A header of the planted tree.\n"
CLEAN = {
    "host/README.md": "# host\n",
    "host/lanes/README.md": "# lanes\n",
    "host/lanes/offset_ledger.hpp": HEADER + '#include <vector>\n\n#include "shoal/base/ids.hpp"\n',
    "host/lanes/offset_ledger.cpp": '#include "host/lanes/offset_ledger.hpp"\n\nint f(int a) { return a; }\n',
    "host/kafka/README.md": "# kafka\n",
    "host/kafka/producer.cpp": '#include <librdkafka/rdkafka.h>\n#include "host/config/config.hpp"\n',
    "sdk/README.md": "# sdk\n",
    "tests/README.md": "# tests\n",
    "sdk/include/shoal/entity.hpp": HEADER + '#include <string>\n\n#include "shoal/abi/base.h"\n',
    "sdk/include/shoal/json.hpp": HEADER + "#include <nlohmann/json.hpp>\n",
}

# The pure files that the checker expects, and the README of each folder they are in.
for pattern in words.PURE_FILES:
    CLEAN.setdefault(re.sub(r"(?<=/)\*", "planted.cpp", pattern).replace("*", "cpp"), "\n")
    CLEAN.setdefault(pattern.rsplit("/", 1)[0] + "/README.md", "# A folder\n")


def check(tree):
    checks = (layers.check, sizes.check, words.check, folders.check)
    return [violation for one in checks for violation in one(tree)]


def found(planted):
    """Rule and path of every violation in the clean tree with these files planted."""
    return {(violation.rule, violation.path) for violation in check(Tree({**CLEAN, **planted}))}


def function_of(lines):
    return "int f(int a,\n      int b) {\n" + "  a += b;\n" * (lines - 3) + "}\n"


class PlantedViolations(unittest.TestCase):
    def expect(self, rule, path, text):
        self.assertIn((rule, path), found({path: text}))

    def test_clean_tree_has_none(self):
        self.assertEqual([], [str(violation) for violation in check(Tree(CLEAN))])

    def test_layers_between_folders(self):
        self.expect("layers", "cluster/gossip.cpp", '#include "journal/file_log.hpp"\n')
        self.expect("layers", "journal/file_log.cpp", '#include "host/config/config.hpp"\n')
        self.expect("layers", "plugins/aircraft/aircraft.cpp", '#include "host/config/config.hpp"\n')
        self.expect("layers", "plugins/aircraft/aircraft.cpp", '#include "shoal/base/result.hpp"\n')
        self.expect("layers", "sdk/include/shoal/turn.hpp", HEADER + '#include "host/lanes/turn.hpp"\n')
        self.expect("layers", "host/config/load.cpp", '#include "host/lanes/turn.hpp"\n')

    def test_libraries_have_their_place(self):
        self.expect("library", "host/lanes/lane.cpp", "#include <librdkafka/rdkafka.h>\n")
        self.expect("library", "host/app.cpp", "#include <boost/dll.hpp>\n")
        self.expect("library", "host/command/run.cpp", "#include <boost/asio.hpp>\n")
        self.expect("library", "host/kafka/source.cpp", "#include <zmq.hpp>\n")
        self.expect("library", "host/app.cpp", "#include <eigen/dense.hpp>\n")
        self.expect("library", "journal/state_store.hpp", HEADER + "#include <rocksdb/db.h>\n")

    def test_libraries_are_seen_by_few_files(self):
        text = "#include <boost/beast.hpp>\n"
        planted = {f"host/management/{name}.cpp": text for name in ("client", "fourth", "server", "stream")}
        self.assertIn(("library", "host/management/stream.cpp"), found(planted))
        two = {f"cluster/transport/{name}.cpp": "#include <zmq.hpp>\n" for name in ("socket", "transport")}
        self.assertIn(("library", "cluster/transport/transport.cpp"), found(two))

    def test_sdk_core_needs_the_standard_library_only(self):
        self.expect("sdk-core", "sdk/include/shoal/turn.hpp", HEADER + "#include <nlohmann/json.hpp>\n")
        self.expect("sdk-core", "sdk/include/shoal/turn.hpp", HEADER + "#include <unistd.h>\n")
        self.expect("sdk-core", "sdk/include/shoal/json.hpp", HEADER + "#include <msgpack.hpp>\n")

    def test_sizes(self):
        self.expect("line-length", "host/lanes/lane.cpp", "// " + "a" * 108 + "\n")
        self.expect("file-size", "host/lanes/lane.cpp", "\n" * 501)
        self.expect("function-size", "host/lanes/lane.cpp", "namespace shoal {\n" + function_of(71) + "}\n")
        self.expect(
            "function-size", "host/lanes/lane.hpp", HEADER + "class Lane {\n" + function_of(71) + "};\n"
        )
        self.expect("function-size", "tests/x/long.py", "def f():\n" + "    f()\n" * 70)

    def test_sizes_allow_what_a_readme_lists(self):
        self.assertNotIn(
            ("function-size", "host/lanes/lane.cpp"), found({"host/lanes/lane.cpp": function_of(70)})
        )
        longer = {"host/lanes/lane.cpp": function_of(71)}
        reason = {"host/lanes/README.md": "# lanes\n\n## Sizes\n- `lane.cpp`: one table.\n"}
        self.assertNotIn(("function-size", "host/lanes/lane.cpp"), found({**longer, **reason}))
        empty = {"host/lanes/README.md": "# lanes\n\n## Sizes\n- `lane.cpp`:\n"}
        self.assertIn(("function-size", "host/lanes/lane.cpp"), found({**longer, **empty}))

    def test_function_bodies_are_found_whole(self):
        text = 'int f() {\n  auto g = [](int) {\n  };\n  if (true) { h("}"); }\n}\nint x = 3;\nvoid k() {}\n'
        self.assertEqual([(1, 5), (7, 7)], sizes.cpp_functions(text))

    def test_waiting_by_the_clock(self):
        for line in (
            "std::this_thread::sleep_for(1s);",
            "usleep(3);",
            "sleep(1);",
            "::nanosleep(&t, nullptr);",
        ):
            self.expect("sleep", "host/app.cpp", f"void f() {{ {line} }}\n")
        for line in ("// Never sleep_for(1s) here.", "inbox.sleep(1s);"):
            self.assertNotIn(("sleep", "host/app.cpp"), found({"host/app.cpp": line + "\n"}))
        self.expect(
            "sleep",
            "tests/x/test_it.py",
            '"""Goal and method, told at sufficient length."""\ntime.sleep(1)\n',
        )

    def test_pure_files(self):
        path = "host/lanes/offset_ledger.cpp"
        self.expect("pure", path, "auto now = std::chrono::steady_clock::now();\n")
        self.expect("pure", path, "std::random_device device;\n")
        argument = {path: "void at(std::chrono::steady_clock::time_point now);\n"}
        self.assertNotIn(("pure", path), found(argument))
        self.expect("pure", path, "#include <mutex>\n")
        without = {name: text for name, text in CLEAN.items() if "offset_ledger" not in name}
        self.assertTrue(words.check_pure(Tree(without)))

    def test_leftovers(self):
        self.expect("leftover", "host/app.cpp", "// TO" + "DO: later\n")
        self.expect("elsewhere", "host/app.cpp", "// see DESI" + "GN.md\n")
        for line in ("// old_call(1);", "  // int x = 3;", "// return x;", "// if (x) {"):
            self.expect("dead-code", "host/app.cpp", line + "\n")
        example = {"host/app.cpp": "//   int x = f();\n// It stays; nothing else does.\n"}
        self.assertNotIn(("dead-code", "host/app.cpp"), found(example))

    def test_names_goals_and_guards(self):
        self.expect("name", "host/lanes/utils.cpp", "\n")
        self.expect("name", "host/common/lane.cpp", "\n")
        self.expect("test-goal", "tests/unit/host/lane_test.cpp", "#include <gtest/gtest.h>\nTEST(A, B) {}\n")
        self.expect("pragma-once", "host/lanes/lane.hpp", "// A header.\n")
        self.expect("cstdint", "host/lanes/lane.hpp", "#pragma once\nusing Slot = std::uint32_t;\n")

    def test_folders_have_a_readme(self):
        self.assertIn(("readme", "host/sinks"), found({"host/sinks/sink.cpp": "\n"}))
        self.assertNotIn(("readme", "tests/unit/host"), found({"tests/unit/host/a.cpp": "\n"}))


class HeadersAlone(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="shoal-rules-"))
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "build").mkdir()
        (self.root / "build/compile_commands.json").write_text("[]")

    def check(self, text):
        path = self.root / "host/lanes/lane.hpp"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        build = self.root / "build"
        return headers.check(Tree.read(self.root), self.root, build, build / "alone")

    def test_complete_header_compiles(self):
        self.assertEqual(
            [], self.check("#pragma once\n#include <string>\nstruct Lane { std::string name; };\n")
        )

    def test_header_that_needs_another_is_found(self):
        violations = self.check("#pragma once\nstruct Lane { std::string name; };\n")
        self.assertEqual(["header-alone"], [violation.rule for violation in violations])

    def test_what_a_source_includes_first_is_left_to_it(self):
        lane, turn = '#include "host/lanes/lane.hpp"\n', '#include "host/lanes/turn.hpp"\n'
        tree = Tree({"host/lanes/lane.cpp": f"// A source.\n{lane}{turn}", "tests/turn_test.cpp": turn})
        self.assertIn("host/lanes/lane.hpp", headers.first_included(tree))
        self.assertNotIn("host/lanes/turn.hpp", headers.first_included(tree))


if __name__ == "__main__":
    unittest.main()
