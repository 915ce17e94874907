"""What the lists may say, and what is planted for it."""
import pathlib
import tempfile
import unittest

import mutants


def parse(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.mutants")
        path.write_text(text)
        return mutants.parse(path)


def planted(source, *entries):
    text, rotten = mutants.plant(source, "a/b.cc", parse("[a/b.cc]\n" + "\n".join(entries)))
    return text.split("\n", 2)[2], rotten


class Planting(unittest.TestCase):
    def test_an_expression_becomes_a_choice(self):
        text, rotten = planted("int f() { return a < b; }", "less: words", "- a < b", "+ a <= b")
        self.assertEqual(text, 'int f() { return (::tikv::mutants::on("less") ? (a <= b) : (a < b)); }')
        self.assertEqual(rotten, [])

    def test_a_statement_becomes_a_branch_and_may_be_dropped(self):
        text, _ = planted("settle();", "gone: words", "- settle();", "+")
        self.assertEqual(text, 'if (::tikv::mutants::on("gone")) {  } else { settle(); }')

    def test_the_word_mutant_replaces_the_text_as_it_stands(self):
        text, _ = planted("constexpr int most = 3;", "most: words", "- constexpr int most = 3;", "+ const int most = MUTANT ? 1 : 3;")
        self.assertEqual(text, 'const int most = ::tikv::mutants::on("most") ? 1 : 3;')

    def test_spaces_and_line_ends_do_not_matter(self):
        text, rotten = planted("if (a &&\n    b) c();", "one: words", "- a && b", "+ a")
        self.assertEqual(rotten, [])
        self.assertIn('on("one")', text)

    def test_one_text_may_be_within_another_or_the_same(self):
        text, rotten = planted("f(x + 1);", "call: words", "- f(x + 1);", "+", "more: words", "- x + 1", "+ x",
                               "less: words", "- x + 1", "+ x + 2")
        self.assertEqual(rotten, [])
        for name in ("call", "more", "less"):
            self.assertEqual(text.count(f'on("{name}")'), 1)

    def test_what_is_not_there_or_there_twice_is_rotten(self):
        for source in ("g();", "f(); f();"):
            text, rotten = planted(source, "one: words", "- f();", "+")
            self.assertEqual((text, len(rotten)), (source, 1))

    def test_texts_that_overlap_are_rotten(self):
        self.assertEqual(len(planted("a + b + c", "one: words", "- a + b", "+ a", "two: words", "- b + c", "+ c")[1]), 1)

    def test_a_mutant_may_change_several_places(self):
        text, _ = planted("f(); g();", "both: words", "- f();", "+", "- g();", "+")
        self.assertEqual(text.count('on("both")'), 2)

    def test_a_list_that_makes_no_sense_is_refused(self):
        for text in ("one: words\n- a\n+ b", "[a]\none: words", "[a]\n- a\n+ b", "[a]\none: words\n+ b", "[a]\none\n- a\n+ b",
                     "[a]\none: words\n- a\n+ b\none: words\n- c\n+ d", "[a]\nsomething else"):
            with self.assertRaises(mutants.Rotten, msg=text):
                parse(text)


unittest.main()
