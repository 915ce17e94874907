"""The list of mutants, and how it is planted into a copy of the sources.

A list (`*.mutants`) is written like this; words after the colon are for people:

    [region/sender.cc]

    lost_answer_reported_failed: a write whose answer was lost is called certainly not applied
    - verdict->in_doubt && request.writes()
    + false

`-` is a text that occurs exactly once in the file, whatever its spaces and line ends; `+` is the other
text. A text that ends with `;` or `}` is taken as statements, any other as an expression, and which of
the two runs is chosen when the program starts. If the other text has the word MUTANT in it, it replaces
the text as it stands, and MUTANT is true when the mutant is chosen: so for declarations, and for an
expression that is a Task (g++ 12 destroys it twice, as the arm of a choice under co_await). Not for
what is evaluated before main(). A mutant may have several pairs, also in several files: then its name
is repeated without words.
"""
import dataclasses
import pathlib
import re

HOOK = '#include "mutants/switch.h"\n'


class Rotten(Exception):
    """An entry that does not fit the sources."""


@dataclasses.dataclass
class Change:
    file: str  # below src/
    text: str
    other: str
    place: str  # where in the list


@dataclasses.dataclass
class Mutant:
    name: str
    what: str
    changes: list


def parse(path):
    """The mutants of one list, in its order."""
    mutants, file, mutant, change, last = {}, None, None, None, None
    for number, line in enumerate(path.read_text().split("\n"), start=1):
        place = f"{path.name}:{number}"
        if not line.strip() or line.startswith("#"):
            last = None
        elif match := re.fullmatch(r"\[(.+)\]", line):
            file, mutant = match.group(1), None
        elif match := re.fullmatch(r"([a-z0-9_]+)(?:: (.+))?", line):
            name, what = match.groups()
            if file is None or (name in mutants) == bool(what):
                raise Rotten(f"{place}: {name} has no file, no words, or is there twice")
            mutant = mutants.setdefault(name, Mutant(name, what, []))
            last = None
        elif match := re.fullmatch(r"([-+])(?: (.*))?", line):
            if mutant is None:
                raise Rotten(f"{place}: no mutant begins before this")
            sign, words = match.group(1), match.group(2) or ""
            if sign == "-":
                if last != "-":
                    change = Change(file, words, "", place)
                    mutant.changes.append(change)
                else:
                    change.text += "\n" + words
            elif last is None:
                raise Rotten(f"{place}: + without -")
            else:
                change.other += ("\n" if last == "+" else "") + words
            last = sign
        else:
            raise Rotten(f"{place}: what is this? {line}")
    for one in mutants.values():
        if not one.changes:
            raise Rotten(f"{path.name}: {one.name} changes nothing")
    return list(mutants.values())


def parse_all(lists):
    mutants = {}
    for path in sorted(lists):
        for mutant in parse(path):
            if mutants.setdefault(mutant.name, mutant) is not mutant:
                raise Rotten(f"{path.name}: {mutant.name} is in another list too")
    return list(mutants.values())


def find(source, change):
    """Where the text is: once and nowhere else."""
    pattern = r"\s+".join(re.escape(word) for word in change.text.split())
    found = list(re.finditer(pattern, source))
    if len(found) != 1:
        raise Rotten(f"{change.place}: the text is in src/{change.file} {len(found)} times: {change.text}")
    return found[0].span()


def both(name, text, other):
    """Code that does one or the other."""
    chosen = f'::tikv::mutants::on("{name}")'
    if re.search(r"\bMUTANT\b", other):
        return re.sub(r"\bMUTANT\b", chosen, other)
    if text.rstrip().endswith((";", "}")):
        return f"if ({chosen}) {{ {other} }} else {{ {text} }}"
    return f"({chosen} ? ({other}) : ({text}))"


def plant(source, file, mutants):
    """The source with all mutants of its file, and the entries that do not fit it."""
    spans, rotten = [], []
    for mutant in mutants:
        for change in mutant.changes:
            if change.file != file:
                continue
            try:
                spans.append((*find(source, change), mutant.name, change))
            except Rotten as why:
                rotten.append(str(why))
    # Whoever contains others is planted around them; the same text twice: one around the other.
    spans.sort(key=lambda span: (span[0], -span[1]))

    def render(begin, end, inside):
        out, at = "", begin
        while inside:
            first, stop, name, change = inside.pop(0)
            within = []
            while inside and inside[0][0] < stop:
                if inside[0][1] > stop:
                    rotten.append(f"{inside[0][3].place}: its text overlaps that of {name}")
                    inside.pop(0)
                else:
                    within.append(inside.pop(0))
            out += source[at:first] + both(name, render(first, stop, within), change.other)
            at = stop
        return out + source[at:end]

    text = render(0, len(source), spans)
    return f'{HOOK}#line 1 "src/{file}"\n{text}', rotten


def write_if_new(path, text):
    """Files that stay as they are keep their time: nothing is compiled again for nothing."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def files_of(mutants):
    return sorted({change.file for mutant in mutants for change in mutant.changes})


def sources_of(mutants, src):
    """What is compiled from the copy: the changed files, and whatever includes a changed header."""
    sources = set(files_of(mutants))
    for header in [file for file in sources if file.endswith(".h")]:
        for path in pathlib.Path(src).glob("*/*.cc"):
            if f'#include "{header}"' in path.read_text():
                sources.add(str(path.relative_to(src)))
    return sorted(sources)
