#!/usr/bin/env python3
"""Each rule finds what it is for, and leaves alone what only looks like it."""
import unittest

import rules
from sources import Source


def found(rule, **files):
    """How many findings there are; in a name, `__` stands for a slash and `_cc`, `_h` for the ending."""
    sources = []
    for name, text in files.items():
        path = name.replace("__", "/")
        for ending in ("cc", "h", "txt", "md"):
            if path.endswith("_" + ending):
                path = path.removesuffix("_" + ending) + "." + ending
        sources.append(Source(path, text))
    return len(list(rule(sources)))


class Rules(unittest.TestCase):
    def test_layers_see_downwards_only(self):
        self.assertEqual(found(rules.layers, src__rpc__a_cc='#include "pd/pd_client.h"\n'), 1)
        self.assertEqual(found(rules.layers, src__raw__a_cc='#include "txn/txn.h"\n'), 1)
        self.assertEqual(found(rules.layers, src__core__a_cc='#include "testing/model.h"\n'), 1)
        self.assertEqual(found(rules.layers, src__new__a_cc=""), 1)
        self.assertEqual(found(rules.layers, src__pd__a_cc='#include "rpc/transport.h"\n#include "tikv/error.h"\n'), 0)
        self.assertEqual(found(rules.layers, src__rpc__a_cc='// #include "pd/pd_client.h"\n'), 0)

    def test_public_headers_include_the_standard_library_alone(self):
        self.assertEqual(found(rules.public_headers, include__tikv__a_h="#include <asio.hpp>\n"), 1)
        self.assertEqual(found(rules.public_headers, include__tikv__a_h='#include "core/loop.h"\n'), 1)
        self.assertEqual(found(rules.public_headers, include__tikv__a_h='#include <map>\n#include "tikv/b.h"\n'), 0)

    def test_a_bridge_includes_its_library_and_nobody_includes_the_bridge(self):
        self.assertEqual(found(rules.public_headers, include__tikv__asio_h="#include <asio/post.hpp>\n"), 0)
        self.assertEqual(found(rules.public_headers, include__tikv__asio_h="#include <nghttp2/nghttp2.h>\n"), 1)
        self.assertEqual(found(rules.public_headers, include__tikv__a_h='#include "tikv/asio.h"\n'), 1)
        self.assertEqual(found(rules.libraries_behind_the_seam, include__tikv__asio_h="#include <asio/post.hpp>\n"), 0)

    def test_libraries_stay_behind_the_transport(self):
        self.assertEqual(found(rules.libraries_behind_the_seam, src__pd__a_cc="#include <openssl/ssl.h>\n"), 1)
        line = {f"src__rpc__f{number}_cc": "#include <asio/ip/tcp.hpp>\n" for number in range(4)}
        self.assertEqual(found(rules.libraries_behind_the_seam, **line), 1)
        self.assertEqual(found(rules.libraries_behind_the_seam, src__rpc__a_cc="#include <asio.hpp>\n"), 0)

    def test_the_world_is_behind_the_seams(self):
        for code in ("sleep_for(1s);", "std::mutex m;", "std::thread t;", "rand();", "steady_clock::now();"):
            self.assertEqual(found(rules.seams, src__pd__a_cc=code), 1, code)
            self.assertEqual(found(rules.seams, src__core__thread_loop_cc=code), 0, code)
            self.assertEqual(found(rules.seams, src__pd__a_cc="// " + code), 0, code)
            self.assertEqual(found(rules.seams, src__pd__a_cc=f'f("{code}");'), 0, code)

    def test_tests_do_not_sleep(self):
        self.assertEqual(found(rules.tests_do_not_sleep, tests__unit__a_cc="std::this_thread::sleep_for(1s);"), 1)
        self.assertEqual(found(rules.tests_do_not_sleep, tests__unit__a_cc="loop.run_until(done);"), 0)

    def test_files_are_short(self):
        self.assertEqual(found(rules.file_length, src__a_cc="\n" * 701), 1)
        self.assertEqual(found(rules.file_length, src__a_cc="\n" * 700), 0)

    def test_headers_have_a_guard(self):
        self.assertEqual(found(rules.include_guards, src__a_h="int a();"), 1)
        self.assertEqual(found(rules.include_guards, src__a_h="#pragma once\nint a();"), 0)

    def test_no_folder_of_one_machine(self):
        self.assertEqual(found(rules.machine_paths, src__a_cc='"' + "/ro" + 'ot/x"'), 1)
        self.assertEqual(found(rules.machine_paths, src__a_cc="cd " + "/wo" + "rk && ls"), 1)
        self.assertEqual(found(rules.machine_paths, src__a_cc="a/work/b ${ROOT}/work the/root"), 0)
        self.assertEqual(found(rules.machine_paths, src__a_cc='"/worker"'), 0)

    def test_no_disabled_test(self):
        self.assertEqual(found(rules.disabled_tests, tests__unit__a_cc="TEST(A, DISABLED" + "_B) {}"), 1)
        self.assertEqual(found(rules.disabled_tests, tests__CMakeLists_txt="set_tests_properties(a PROPERTIES DISABLED ON)"), 1)
        self.assertEqual(found(rules.disabled_tests, tests__unit__a_cc="TEST(A, DisabledClientAnswers) {}"), 0)

    def test_every_file_is_built(self):
        lists = "tikv_add_layer(core a.cc)\ntikv_example(b)\n"
        self.assertEqual(found(rules.every_file_is_built, src__CMakeLists_txt=lists, src__core__a_cc=""), 0)
        self.assertEqual(found(rules.every_file_is_built, src__CMakeLists_txt=lists, src__b_cc=""), 0)
        self.assertEqual(found(rules.every_file_is_built, src__CMakeLists_txt=lists, src__core__aa_cc=""), 1)
        self.assertEqual(found(rules.every_file_is_built, src__CMakeLists_txt=lists, tests__a_cc=""), 1)

    def test_no_braces_inside_co_await(self):
        for code in ("co_await f({.n = 2});", "co_await ok(f([p] { return 1; }));", "co_await F{1};"):
            self.assertEqual(found(rules.co_await_operands, src__a_cc=code), 1, code)
        for code in (
            "if (co_await f(1)) { g({}); }",
            "for (auto& x : co_await ok(f())) {\n}",
            "co_await ok(f(a)); g({1});",
            "auto x = co_await f(a) ? y[0] : z;",
            "auto operator co_await() && { return A{}; }",
            "// co_await f({})",
        ):
            self.assertEqual(found(rules.co_await_operands, src__a_cc=code), 0, code)

    def test_documents_quote_the_examples(self):
        example = "//! [a]\nint a();\n//! [a]\n"
        quote = "<!-- quote examples/a.cc a -->\n```cpp\n%s```\n"
        self.assertEqual(found(rules.quotes, examples__a_cc=example, README_md=quote % "int a();\n"), 0)
        self.assertEqual(found(rules.quotes, examples__a_cc=example, README_md=quote % "int b();\n"), 1)
        self.assertEqual(found(rules.quotes, examples__a_cc="", README_md=quote % "int a();\n"), 1)


unittest.main()
