"""What the generator cannot translate it refuses by name: `generator_test.py PROTOC GENERATOR`."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROTOC, GENERATOR = sys.argv[1:3]


def generate(text, folder):
    pathlib.Path(folder, "tried.proto").write_text(text)
    command = [PROTOC, f"--plugin=protoc-gen-tikv={GENERATOR}", f"--tikv_out={folder}", "-I", folder, "tried.proto"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Unsupported(unittest.TestCase):
    def refused(self, text, words):
        with tempfile.TemporaryDirectory() as folder:
            run = generate(text, folder)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(words, run.stderr)
            self.assertFalse(pathlib.Path(folder, "tried.h").exists())

    def test_proto2(self):
        self.refused('syntax = "proto2"; package tikv.wire.tried; message M { optional int32 a = 1; }',
                     "tried.proto: only proto3")

    def test_maps_of_other_types(self):
        self.refused('syntax = "proto3"; package tikv.wire.tried; message M { map<int32, string> numbers = 1; }',
                     "tikv.wire.tried.M.numbers: maps")

    def test_two_names_that_become_one(self):
        self.refused('syntax = "proto3"; package tikv.wire.tried; enum E { NONE = 0; rawGet = 1; raw_Get = 2; }',
                     "tikv.wire.tried.E: two names")

    def test_packages_of_others(self):
        self.refused('syntax = "proto3"; package other; message M {}', "tried.proto: its package")


class Generated(unittest.TestCase):
    def header(self, body):
        with tempfile.TemporaryDirectory() as folder:
            run = generate('syntax = "proto3";\npackage tikv.wire.tried;\n' + body, folder)
            self.assertEqual(run.returncode, 0, run.stderr)
            return pathlib.Path(folder, "tried.h").read_text()

    def test_comments_come_along(self):
        header = self.header("// What it is.\nmessage M {\n  // Before.\n  bool a = 1;\n  bool b = 2;  // behind\n}\n")
        self.assertIn("/// What it is.\nstruct M {\n  /// Before.\n  bool a = false;\n  bool b = false;  ///< behind\n", header)

    def test_structs_stand_behind_their_parts(self):
        header = self.header("message Whole { Part part = 1; }\nmessage Part { bool a = 1; }\n")
        self.assertLess(header.index("struct Part {"), header.index("struct Whole {"))
        self.assertIn("std::optional<Part> part{};", header)

    def test_the_large_and_the_recursive_lie_on_the_heap(self):
        header = self.header("message Large { string a = 1; string b = 2; Large c = 3; }\nmessage M { Large large = 1; }\n")
        self.assertIn("Box<Large> c{};", header)
        self.assertIn("Box<Large> large{};", header)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
