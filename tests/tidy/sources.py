"""The sources as the rules see them: files with their lines, with and without comments and strings."""
import dataclasses
import functools
import pathlib
import re

# What a rule complains about.
Finding = str

SKIPPED_FOLDERS = {"build", ".git", ".cache", "__pycache__", "node_modules"}
TEXT = {".cc", ".h", ".c", ".cmake", ".in", ".json", ".map", ".md", ".mod", ".go", ".proto", ".py", ".sh", ".txt", ".yml", ""}
TOKEN = re.compile(
    r"""//[^\n]*                                # comment
      | /\*.*?\*/                               # comment
      | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"  # raw string
      | "(?:\\.|[^"\\\n])*"                     # string
      | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'     # character, not the 1'000 of a number
    """,
    re.DOTALL | re.VERBOSE,
)


def without_comments_and_strings(text: str) -> str:
    """The code alone; lines keep their numbers. The names in #include lines stay."""

    def blank(match: re.Match) -> str:
        token = match.group(0)
        line_start = text.rfind("\n", 0, match.start()) + 1
        if token.startswith('"') and text[line_start : match.start()].lstrip().startswith("#"):
            return token
        return ('""' if token[0] in "\"R'" else " ") + "\n" * token.count("\n")

    return TOKEN.sub(blank, text)


@dataclasses.dataclass(frozen=True)
class Source:
    path: str  # relative to the root, with slashes
    text: str

    @functools.cached_property
    def code(self) -> str:
        return without_comments_and_strings(self.text)

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith((".cc", ".h", ".c"))

    def includes(self):
        """(line number, "<" or '"', name) of each #include."""
        for number, line in enumerate(self.code.split("\n"), start=1):
            if match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
                yield number, match.group(1), match.group(2)

    def at(self, number: int, words: str) -> Finding:
        return f"{self.path}:{number}: {words}"


def read_sources(root: pathlib.Path) -> list[Source]:
    found = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if any(part in SKIPPED_FOLDERS or part.startswith("build-") for part in relative.parts):
            continue
        if path.is_file() and not path.is_symlink() and path.suffix in TEXT and path.name != "LICENSE":
            found.append(Source(relative.as_posix(), path.read_text(encoding="utf-8", errors="replace")))
    return found
