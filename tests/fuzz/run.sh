#!/bin/sh
# Runs the fuzz targets: libFuzzer invents inputs, AddressSanitizer and UndefinedBehaviorSanitizer look for mistakes.
# All targets share the cores and the time. Prints for each target the executions, their number in a second of a core,
# the inputs that reach all code seen so far, and the findings. Findings are kept in build-fuzz/findings. The inputs are
# kept in build-fuzz/corpus, and the next run begins with them.
# Needs clang 14 or later: sh third_party/install.sh --fuzz
#
#   sh tests/fuzz/run.sh MINUTES              all targets
#   sh tests/fuzz/run.sh MINUTES images voc   some of them
set -eu
cd "$(dirname "$0")/../.."
case "${1:-}" in
  '' | *[!0-9]*) echo "usage: sh tests/fuzz/run.sh MINUTES [TARGET...]" >&2; exit 2 ;;
esac
minutes=$1
shift
# shellcheck disable=SC2046  # the names are meant to be split into words
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

clang=$(command -v clang++-14 || command -v clang++) || {
  echo "run.sh: clang++ is missing; run: sh third_party/install.sh --fuzz" >&2
  exit 2
}
build=build-fuzz
if [ ! -f "$build/build.ninja" ]; then
  CXX=$clang sh tests/quiet.sh meson setup "$build" -Dfuzz=true -Dcuda=disabled -Db_sanitize=address,undefined -Db_lundef=false \
    -Doptimization=1 "-Dcpp_args=-g1 -fsanitize=fuzzer-no-link,float-cast-overflow -fno-sanitize-recover=all \
    '-fsanitize-ignorelist=$PWD/tests/fuzz/ignore.txt'"
fi
# shellcheck disable=SC2046  # the names are meant to be split into words
ninja -C "$build" $(printf 'tests/fuzz/%s ' "$@")

cores=$(nproc)
seconds=$((minutes * 60 * cores / $#))
[ "$seconds" -gt 0 ] || seconds=1
mkdir -p "$build/corpus" "$build/findings" "$build/logs"
printf '%s\n' "$@" | xargs -P "$cores" -I TARGET sh tests/fuzz/run_target.sh TARGET "$seconds" "$build"

echo
printf '%-12s %14s %16s %9s %9s\n' target executions 'a core second' corpus findings
for target in "$@"; do
  cat "$build/logs/$target.figures"
done | LC_ALL=C awk '{ printf "%-12s %14d %16d %9d %9d\n", $1, $2, $2 / $3, $4, $5; executions += $2; findings += $5 }
  END { printf "%-12s %14d %36d\n", "all", executions, findings; exit findings > 0 }'
