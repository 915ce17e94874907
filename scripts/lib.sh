# Sourced by the other scripts: paths, phases with their minutes, results.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
JOBS=${JOBS:-$(nproc)}
PHASES=
RUNNER=()  # what runs ctest, when it is not run directly
cd "$ROOT"

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nerror: %s\n' "$*" >&2; exit 1; }

minutes_since() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN { printf "%.1f min", (to - from) / 60 }'; }

# phase NAME COMMAND...: runs the command, says what it is doing and how long it took.
phase() {
  local name=$1 started took status=0
  shift
  started=$(date +%s.%N)
  say "$name"
  "$@" || status=$?
  took=$(minutes_since "$started")
  PHASES="${PHASES:+$PHASES, }$name $took"
  if [ "$status" -ne 0 ]; then
    printf '== %s failed after %s: %s\n' "$name" "$took" "$*" >&2
    return "$status"
  fi
}

# Go keeps its caches under HOME; without one they go into the build folder.
use_go_caches() {
  if [ ! -w "${HOME:-/nonexistent}" ]; then
    export GOPATH=$BUILD/go GOCACHE=$BUILD/go/cache GOFLAGS=-modcacherw
  fi
  export GOTOOLCHAIN=local
}

find_go() { go=$(scripts/find-go); }

# Results: one line "passed failed skipped" for each test run, in a file of the run's own, so that
# several scripts can add up to one closing line; beside it, what the failed tests printed.
RESULTS=${TIKV_RESULTS:-$BUILD/results}

start_results() {
  [ -n "${TIKV_RESULTS:-}" ] || rm -rf "$RESULTS"
  mkdir -p "$RESULTS"
  trap finish_results EXIT
}

# Whatever ended the script, the closing line is the last one, and the exit status says the same.
finish_results() {
  local status=$?
  trap - EXIT
  if [ "$status" -ne 0 ] && [ -z "${RESULTS_TOLD:-}" ]; then
    echo "0 1 0" >"$RESULTS/$(basename "$0")-aborted.counts"
    echo "failed: $(basename "$0") ended before its tests" >"$RESULTS/$(basename "$0")-aborted.failed"
  fi
  [ -z "$PHASES" ] || say "$PHASES"
  closing_line || status=$((status == 0 ? 1 : status))
  exit "$status"
}

# Tells again what failed, for whoever sees only the end of a long log, then the sum of all results;
# fails when a test failed, or was skipped under REQUIRE_ALL=1.
closing_line() {
  local passed=0 failed=0 skipped=0 p f s
  while read -r p f s; do
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done < <(cat "$RESULTS"/*.counts 2>/dev/null)
  cat "$RESULTS"/*.failed 2>/dev/null || true
  if [ "${REQUIRE_ALL:-0}" = 1 ] && [ "$skipped" -gt 0 ]; then
    echo "REQUIRE_ALL=1: each of $skipped skipped tests is a failure"
    failed=$((failed + skipped)) skipped=0
  fi
  [ $((passed + failed)) -gt 0 ] || { echo "no test ran"; failed=1; }
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}

# run_ctest PRESET [CTEST ARGUMENT...]: the tests of one build tree; their outcome goes to the results.
run_ctest() {
  local preset=$1 report=$BUILD/$1/junit.xml status=0
  shift
  rm -f "$report"
  "${RUNNER[@]}" ctest --preset "$preset" -j "$JOBS" --timeout 120 --no-tests=error --output-junit "$report" "$@" || status=$?
  if [ -s "$report" ]; then
    scripts/count-results "$report" "$BUILD/$preset/skipped.txt" "$RESULTS/$preset.failed" >"$RESULTS/$preset.counts"
  fi
  # A run that failed without a failed test (none was found, a listing of tests failed) counts as one.
  if [ "$status" -ne 0 ] && ! grep -q '^[0-9]* [1-9]' "$RESULTS/$preset.counts" 2>/dev/null; then
    echo "0 1 0" >"$RESULTS/$preset-run.counts"
  fi
  return "$status"
}
