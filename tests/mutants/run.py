"""Asks the tests about each mutant: `run.py BIN LISTS [--sample] [--remember] [NAME...]`.

First all tests run without a mutant, and it is written down which of them come by which. Then each mutant
is put to the tests that come by it, those first that saw it the last time, then the quickest, until one
fails, crashes or does not end. `seen_by.txt` remembers who it was; `--sample` asks only those.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import mutants

HERE = pathlib.Path(__file__).parent
MEMORY = HERE / "seen_by.txt"
# Quickest first, as far as that can be said of whole programs.
PROGRAMS = {
    "unit_tests": ["mutant_unit_tests"],
    "hostile_tests": ["mutant_hostile_tests"],
    "scenarios_1": ["mutant_scenario_tests", "simulator", "1"],
    "scenarios_1ttl": ["mutant_scenario_tests", "simulator", "1ttl"],
    "scenarios_2": ["mutant_scenario_tests", "simulator", "2"],
    "simulation_tests": ["mutant_simulation_tests"],
}
SAMPLE = ["known.mutants", "survivors.mutants"]
NO_END = 20.0  # seconds, and ten times what the tests take otherwise
SHARDS = 4


@dataclasses.dataclass(frozen=True)
class Test:
    program: str
    name: str
    seconds: float = 0.0

    def __str__(self):
        return f"{self.program} {self.name}"


class Tests:
    def __init__(self, folder, jobs):
        self.folder, self.jobs = folder, jobs

    def command(self, program, *options):
        return [str(self.folder / PROGRAMS[program][0]), *PROGRAMS[program][1:], "--gtest_brief=0", *options]

    def fails(self, mutant, tests):
        """The first of these tests of one program that sees the mutant, and how; else None."""
        patience = NO_END + 10 * sum(test.seconds for test in tests)
        environment = {**os.environ, "TIKV_MUTANT": mutant}
        try:
            with tempfile.NamedTemporaryFile("w") as flags:  # a filter of hundreds of names fits no command line
                flags.write("--gtest_filter=" + ":".join(test.name for test in tests) + "\n")
                flags.flush()
                command = self.command(tests[0].program, "--gtest_fail_fast", f"--gtest_flagfile={flags.name}")
                run = subprocess.run(command, env=environment, text=True, errors="replace", stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, timeout=patience)
            output, how = run.stdout, "" if run.returncode == 1 else f"ended with {run.returncode}"
            if run.returncode == 0:  # or it has another name by now
                return None
        except subprocess.TimeoutExpired as late:
            output, how = (late.stdout or b"").decode(errors="replace"), "does not end"
        failed = re.findall(r"^\[  FAILED  \] (\S+?),? ", output, re.M) or re.findall(r"^\[ RUN      \] (\S+)", output, re.M)
        name = failed[0 if not how else -1] if failed else tests[0].name
        return Test(tests[0].program, name), how

    def record(self):
        """Which mutants each test comes by, and how long it takes; the tests that fail without a mutant."""
        met, failed, took = {}, [], {}

        def shard(program, number):
            with tempfile.TemporaryDirectory() as scratch:
                log, report = pathlib.Path(scratch, "met"), pathlib.Path(scratch, "report")
                environment = {**os.environ, "TIKV_MUTANTS_MET": str(log), "GTEST_TOTAL_SHARDS": str(SHARDS),
                               "GTEST_SHARD_INDEX": str(number)}
                subprocess.run(self.command(program, f"--gtest_output=json:{report}"), env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1200, check=False)
                return program, log.read_text() if log.exists() else "", json.loads(report.read_text())

        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            runs = [pool.submit(shard, program, number) for program in reversed(PROGRAMS) for number in range(SHARDS)]
            for run in concurrent.futures.as_completed(runs):
                program, log, report = run.result()
                for suite in report["testsuites"]:
                    for test in suite["testsuite"]:
                        name = f"{suite['name']}.{test['name']}"
                        took[program, name] = float(test["time"].rstrip("s"))
                        if test.get("failures"):
                            failed.append(f"{program} {name}")
                for line in log.splitlines():
                    name, mutant = line.split()
                    met.setdefault(mutant, set()).add((program, name))
        unusable = set(failed)
        tests = {mutant: sorted((Test(*one, took[one]) for one in who if " ".join(one) not in unusable),
                                key=lambda test: test.seconds) for mutant, who in met.items()}
        return tests, failed


def batches(tests):
    """The quickest tests first, each time more of them, one program at a time."""
    order = list(PROGRAMS)
    for limit in (1.0, 10.0, float("inf")):
        part, spent = [], 0.0
        while tests and spent + tests[0].seconds <= limit:
            spent += tests[0].seconds
            part.append(tests.pop(0))
        for program in order:
            if own := [test for test in part if test.program == program]:
                yield own


def remembered():
    memory = {}
    if MEMORY.exists():
        for line in MEMORY.read_text().splitlines():
            if line and not line.startswith("#"):
                name, program, test = line.split()[:3]
                memory[name] = Test(program, test)
    return memory


def remember(seen):
    width = max(map(len, seen)) + 2
    lines = ["# mutant, and the test that saw it; written by `scripts/test-mutants --remember`"]
    lines += [f"{name:{width}}{test}" for name, test in sorted(seen.items())]
    MEMORY.write_text("\n".join(lines) + "\n")


def diff(mutant):
    lines = []
    for change in mutant.changes:
        lines.append(f"  src/{change.file} ({change.place})")
        lines += [f"  - {line}" for line in change.text.split("\n")] + [f"  + {line}" for line in change.other.split("\n")]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path, help="where the test programs are")
    parser.add_argument("--sample", type=int, default=0, help="only so many seconds, only who saw it the last time")
    parser.add_argument("--remember", action="store_true", help="write down who saw what")
    parser.add_argument("--program", choices=PROGRAMS, help="ask the tests of this program alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()

    if options.program:
        for other in set(PROGRAMS) - {options.program}:
            del PROGRAMS[other]
    listed = mutants.parse_all(HERE.glob("*.mutants"))
    if options.sample:
        listed = mutants.parse_all(HERE / name for name in SAMPLE)
    asked = [mutant for mutant in listed if not options.names or mutant.name in options.names]
    memory = {name: test for name, test in remembered().items() if test.program in PROGRAMS}
    tests = Tests(options.folder, options.jobs)
    began = time.monotonic()
    if options.sample:
        met, failed = {}, []
    else:
        met, failed = tests.record()
        print(f"all tests without a mutant, and by which they come: {time.monotonic() - began:.0f} s", flush=True)

    # Who sees a mutant that is not there sees nothing.
    if hints := [memory[mutant.name] for mutant in asked if mutant.name in memory]:
        if seen := tests.fails("none", hints[:1]):
            failed.append(f"{seen[0]} {seen[1]}")

    def ask(mutant):
        since = time.monotonic()
        hint = memory.get(mutant.name)
        if options.sample and (hint is None or since - began > options.sample):
            return mutant, "not asked", 0.0
        seen = tests.fails(mutant.name, [hint]) if hint else None
        for batch in batches(list(met.get(mutant.name, []))) if not seen else []:
            seen = tests.fails(mutant.name, batch)
            if seen:
                break
        return mutant, seen, time.monotonic() - since

    seen_by, survivors, left = {}, [], 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutant, seen, took in pool.map(ask, asked):
            if seen == "not asked":
                left += 1
            elif seen:
                seen_by[mutant.name] = seen[0]
                print(f"{mutant.name:50} {took:5.1f} s  {seen[0]} {seen[1]}".rstrip(), flush=True)
            else:
                survivors.append(mutant)
                print(f"{mutant.name:50} {took:5.1f} s  NOBODY", flush=True)
    for mutant in survivors:
        reached = "no test comes by it" if not options.sample and mutant.name not in met else "nobody sees it"
        if options.sample:
            reached = f"{memory.get(mutant.name, 'nobody')} does not see it any more; see scripts/test-mutants"
        print(f"\nsurvived: {mutant.name}: {mutant.what}: {reached}\n{diff(mutant)}")
    for name in failed:
        print(f"\nfails without any mutant: {name}")
    print(f"\n{len(seen_by)} of {len(asked) - left} mutants seen in {time.monotonic() - began:.0f} s")
    if options.remember:
        # Also of programs that were not asked.
        remember({**{name: test for name, test in remembered().items() if name in {m.name for m in listed}}, **seen_by})
    return 1 if survivors or failed or not seen_by else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mutants.Rotten as why:
        sys.exit(f"error: {why}")
