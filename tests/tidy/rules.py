"""What must hold for the sources and no compiler checks. Each rule takes all sources and yields findings."""
import posixpath
import re

from sources import Source

# Who may include whom, lowest first: each layer sees itself, those named here, and include/tikv.
LAYERS = {
    "core": set(),
    "wire": set(),
    "rpc": {"core"},
    "pd": {"core", "rpc", "wire"},
    "region": {"core", "rpc", "wire", "pd"},
    "raw": {"core", "rpc", "wire", "pd", "region"},
    "txn": {"core", "rpc", "wire", "pd", "region"},
    "api": {"core", "rpc", "pd", "region", "raw", "txn"},
}

# Libraries behind the transport's seam: who includes them, and in how many files at most.
BEHIND_RPC = {"asio": 3, "nghttp2": 3, "openssl": 3}

# The public header that bridges to a library which the program has anyway: nobody needs to include it.
BRIDGES = {"include/tikv/asio.h": ("asio/", "boost/asio/")}

STANDARD_HEADERS = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes
    climits clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef
    cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format
    forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch
    limits list locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges
    ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
    stop_token streambuf string string_view syncstream system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version stdint.h stddef.h stdbool.h""".split()
)

# Where time, threads and locks are allowed in src/: the loop's thread, what other threads may call,
# and sockets. Everything else is one thread's code over `Loop` and `Transport`.
SEAMS = re.compile(r"src/(core/(thread_loop|cancel|completion|fork)|api/|rpc/asio)")
WORLD = {
    r"\bsleep(_for|_until)?\b|\busleep\b|\bnanosleep\b": "waits asleep; use a Timer",
    r"\bstd::(recursive_|shared_|timed_)?mutex\b|\bstd::condition_variable": "needs a lock; protocol logic runs on one loop",
    r"\bstd::j?thread\b|\bpthread_create\b|\bstd::async\b": "starts a thread",
    r"\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\b|\bclock_gettime\b": "asks a clock; use Loop::now",
    r"\bs?rand\(|(?<![.>\w ])random\(\)|\bstd::random_device\b|\bstd::mt19937": "draws its own chance; use Loop::random",
}

MAX_LINES = 700


def layers(sources):
    """src/ includes downwards only, and never what is built on it."""
    for source in sources:
        match = re.match(r"src/([a-z]+)/", source.path)
        if not match or not source.is_cpp:
            continue
        layer = match.group(1)
        if layer not in LAYERS:
            yield f"{source.path}: the folder src/{layer} is unknown to LAYERS in tests/tidy/rules.py"
            continue
        for number, _, name in source.includes():
            folder = name.split("/")[0] if "/" in name else ""
            if folder in ("testing", "tools", "tests", "examples"):
                yield source.at(number, f"src/ must not include {name}")
            elif folder in LAYERS and folder != layer and folder not in LAYERS[layer]:
                yield source.at(number, f"{layer} must not include {name}")


def public_headers(sources):
    """Public headers include the standard library and each other, nothing else, and none includes a bridge."""
    for source in sources:
        if not source.path.startswith("include/"):
            continue
        for number, kind, name in source.includes():
            ours = kind == '"' and name.startswith("tikv/") and f"include/{name}" not in BRIDGES
            standard = kind == "<" and name in STANDARD_HEADERS
            bridged = name.startswith(BRIDGES.get(source.path, ("none/",)))
            if not ours and not standard and not bridged:
                yield source.at(number, f"a public header must not include {name}")


def libraries_behind_the_seam(sources):
    """Asio, nghttp2 and OpenSSL are seen by a few files of src/rpc alone."""
    users = {library: set() for library in BEHIND_RPC}
    for source in sources:
        if not source.path.startswith(("src/", "include/")) or source.path in BRIDGES:
            continue
        for number, _, name in source.includes():
            library = re.split(r"[/.]", name)[0]
            if library not in BEHIND_RPC:
                continue
            users[library].add(source.path)
            if not source.path.startswith("src/rpc/"):
                yield source.at(number, f"{library} belongs behind src/rpc")
    for library, paths in users.items():
        if len(paths) > BEHIND_RPC[library]:
            yield f"{library} is included by more than {BEHIND_RPC[library]} files: {', '.join(sorted(paths))}"


def seams(sources):
    """Outside of the seams there is no clock, no chance, no thread, no lock and no sleep."""
    for source in sources:
        if not source.path.startswith("src/") or not source.is_cpp or SEAMS.match(source.path):
            continue
        for number, line in enumerate(source.code.split("\n"), start=1):
            for pattern, words in WORLD.items():
                if match := re.search(pattern, line):
                    yield source.at(number, f"{match.group(0)} {words}")


def tests_do_not_sleep(sources):
    """A test that waits a while and hopes is slow and fails on a busy machine."""
    for source in sources:
        if not source.path.startswith(("tests/unit/", "tests/simulation/")) or not source.is_cpp:
            continue
        for number, line in enumerate(source.code.split("\n"), start=1):
            if match := re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", line):
                yield source.at(number, f"{match.group(1)}: wait for what happens, or use virtual time")


def file_length(sources):
    """Each file is readable at a sitting."""
    for source in sources:
        lines = source.text.count("\n")
        if lines > MAX_LINES and not source.path.endswith((".md", ".sum", ".txt")):
            yield f"{source.path}: {lines} lines, more than {MAX_LINES}"


def include_guards(sources):
    """Each header can be included twice."""
    for source in sources:
        if source.path.endswith(".h") and "#pragma once" not in source.code and "#ifndef" not in source.code:
            yield f"{source.path}: no #pragma once"


def machine_paths(sources):
    """The sources build anywhere: they name no folder of one machine."""
    # Put together, so that this file does not find itself.
    folders = "|".join("/" + name for name in ("work", "root", "tmp/build", "home/[a-z]+"))
    pattern = re.compile(r"(?<![\w.})/-])(" + folders + r")(?=/|\b)")
    for source in sources:
        for number, line in enumerate(source.text.split("\n"), start=1):
            if match := pattern.search(line):
                yield source.at(number, f"names a folder of one machine: {match.group(0)}")


def disabled_tests(sources):
    """A test that does not run is removed or repaired."""
    for source in sources:
        cmake = source.path.endswith(("CMakeLists.txt", ".cmake"))
        if not source.path.startswith(("tests/", "testing/", "examples/")) or not (source.is_cpp or cmake):
            continue
        pattern = r"\bDISABLED\b" if cmake else r"\bDISABLED_\w"
        for number, line in enumerate(source.code.split("\n"), start=1):
            if re.search(pattern, line) and not line.lstrip().startswith("#"):
                yield source.at(number, "a disabled test")


def every_file_is_built(sources):
    """Each .cc file is named by a CMakeLists.txt of the same top folder."""
    lists = {}
    for source in sources:
        if posixpath.basename(source.path) == "CMakeLists.txt":
            top = source.path.split("/")[0]
            lists[top] = lists.get(top, "") + source.text
    for source in sources:
        if not source.path.endswith(".cc"):
            continue
        stem = posixpath.basename(source.path).removesuffix(".cc")
        named = re.search(rf"(?<![\w-]){re.escape(stem)}(?![\w-])", lists.get(source.path.split("/")[0], ""))
        if not named:
            yield f"{source.path}: no CMakeLists.txt names it"


def co_await_operand(code: str, start: int) -> str:
    """The text of the operand that begins at `start`: names, qualifiers, and balanced brackets."""
    position, depth = start, 0
    while position < len(code):
        character = code[position]
        if character in "([{":
            # Braces after the operand begin a block: `if (co_await f()) {` ends at the bracket before.
            if character == "{" and depth == 0 and re.search(r"[\s]$", code[start:position]):
                break
            depth += 1
        elif character in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif character in ";,?" and depth == 0:
            break
        position += 1
    return code[start:position]


def co_await_operands(sources):
    """g++ 12 miscompiles temporaries in braces and lambdas inside a co_await expression."""
    for source in sources:
        if not source.is_cpp:
            continue
        for match in re.finditer(r"\bco_await\b(?!\s*\(\s*\)|\s*\))", source.code):
            operand = co_await_operand(source.code, match.end())
            if re.search(r"[{\[]", operand) and "operator" not in source.code[match.start() - 12 : match.start()]:
                number = source.code.count("\n", 0, match.start()) + 1
                yield source.at(number, "a brace or a bracket inside a co_await expression; build it on the line before")


def quotes(sources):
    """Documents quote the examples to the letter: `<!-- quote FILE MARK -->`, then the block."""
    by_path = {source.path: source.text for source in sources}
    pattern = re.compile(r"<!-- quote (\S+) (\w+) -->\n```cpp\n(.*?)```", re.DOTALL)
    for source in sources:
        if not source.path.endswith(".md"):
            continue
        for match in pattern.finditer(source.text):
            path, mark, quoted = match.groups()
            parts = by_path.get(path, "").split(f"//! [{mark}]\n")
            if len(parts) != 3 or parts[1] != quoted:
                number = source.text.count("\n", 0, match.start()) + 1
                yield source.at(number, f"is not what {path} says at [{mark}]")


RULES = [
    layers,
    public_headers,
    libraries_behind_the_seam,
    seams,
    tests_do_not_sleep,
    file_length,
    include_guards,
    machine_paths,
    disabled_tests,
    every_file_is_built,
    co_await_operands,
    quotes,
]
