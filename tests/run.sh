#!/bin/sh
# Installs missing packages, builds, and runs every test. The last line is "N passed, N failed, N skipped".
#
#   sh tests/run.sh                      all tests, in build/
#   sh tests/run.sh --sanitize           all tests with AddressSanitizer and UBSan, in build-sanitize/
#   sh tests/run.sh --tsan               the tests that use threads, with ThreadSanitizer, in build-tsan/
#   sh tests/run.sh --coverage           all tests in build-coverage/, then the share of tested lines by folder
#   sh tests/run.sh --werror             warnings are errors
#   sh tests/run.sh "*checkpoint*"       tests with a matching name; other arguments of Catch2 work too
set -eu
cd "$(dirname "$0")/.."

build=build
options=""
while [ $# -gt 0 ]; do
  case "$1" in
    --sanitize)
      build=build-sanitize
      # Builds in half the time of -O2 -g.
      options="$options -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 -Ddebug=false -Dcpp_args=-g1" ;;
    --tsan)
      build=build-tsan
      options="$options -Db_sanitize=thread -Db_lundef=false -Doptimization=1 -Ddebug=false -Dcpp_args=-g1 -Dcuda=disabled" ;;
    --coverage)
      build=build-coverage
      options="$options -Db_coverage=true -Db_lundef=false -Doptimization=1 -Dcuda=disabled" ;;
    --werror) options="$options -Dwerror=true" ;;
    *) break ;;
  esac
  shift
done

sh third_party/install.sh
pkg-config --exists 'catch2 >= 2.13 catch2 < 3' || {
  echo "run.sh: error: Catch2 2.13 or a later 2.x is missing, which the tests need; install it" >&2
  exit 2
}
# shellcheck disable=SC2086  # the options are meant to be split into words
if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" $options
elif [ -n "$options" ]; then
  meson configure "$build" $options
fi
ninja -C "$build"

export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}"

if [ "$build" = build-tsan ]; then
  # A program with a data race ends with code 66, so its test fails. The reports are in build-tsan/race.PROCESS.
  rm -f "$build"/race.*
  export TSAN_OPTIONS="${TSAN_OPTIONS:-exitcode=66:log_path=$PWD/$build/race}"
  # Loops, the loader, replays, processes that are threads here, and trainings with evaluations, in this process and in
  # the programs. The other tests use the same threads or none.
  threaded=""
  for name in parallel constant_weights loader replay shards c_threads trainer training_run training reliability; do
    [ -n "$(find tests -name "test_$name.cpp")" ] || { echo "run.sh: error: there is no test_$name.cpp" >&2; exit 1; }
    threaded="$threaded,[#test_$name]"
  done
  [ $# -gt 0 ] || set -- --filenames-as-tags "$threaded"
  result=0
  "$build/tests/all_tests" "$@" || result=$?
  for report in "$build"/race.*; do
    [ ! -f "$report" ] || { cat "$report"; result=1; }
  done
  exit "$result"
fi

[ "$build" = build-coverage ] || exec "$build/tests/all_tests" "$@"

# Removes counts of an earlier run. The line that counts the tests is printed last.
find "$build" -name '*.gcda' -delete
result=0
"$build/tests/all_tests" "$@" > "$build/tests.txt" || result=$?
sed '$d' "$build/tests.txt"
python3 tests/coverage.py "$build"
tail -n 1 "$build/tests.txt"
exit "$result"
