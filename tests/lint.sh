#!/bin/sh
# Checks the source: its structure (tests/structure.py), its formatting, and the files of tests/tidy.txt with
# clang-tidy. Takes about two minutes on two cores. `sh third_party/install.sh --lint` installs the tools.
#
#   sh tests/lint.sh           all checks
#   sh tests/lint.sh --quick   structure and formatting: a few seconds
set -eu
cd "$(dirname "$0")/.."
failed=0
missing() { echo "lint.sh: error: $1 is missing; run: sh third_party/install.sh --lint" >&2; exit 2; }

python3 tests/structure.py || failed=1

# Version 14: other versions format differently.
format=$(command -v clang-format-14 || command -v clang-format) || missing clang-format
find engine layers data detector apps tests -name '*.h' -o -name '*.cpp' -o -name '*.inl' -o -name '*.cu' -o -name '*.cuh' |
  xargs "$format" --dry-run -Werror || failed=1

if [ "${1:-}" != "--quick" ]; then
  tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || missing clang-tidy
  # Only configured, for its compile commands. Without precompiled headers, a missing include is an error.
  [ -f build-lint/build.ninja ] || sh tests/quiet.sh meson setup build-lint -Db_pch=false -Dcuda=disabled
  # The flags are for g++; clang does not know all of them.
  # shellcheck disable=SC2046  # the patterns are meant to be expanded
  printf '%s\n' $(grep -v '^#' tests/tidy.txt) |
    xargs -n 2 -P "$(nproc)" "$tidy" -p build-lint --quiet --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-unknown-pragmas 2> build-lint/tidy-log.txt || failed=1
fi

[ "$failed" -eq 0 ] && echo "lint: nothing found" || { echo "lint: failed"; exit 1; }
