#!/bin/sh
# Checks the source without running it: its structure (tests/structure.py), its formatting, and, with clang-tidy, the files
# of tests/tidy.txt. Takes about two minutes on two cores. `sh third_party/install.sh --lint` installs what it needs.
#
#   sh tests/lint.sh           all three
#   sh tests/lint.sh --quick   structure and formatting: a few seconds
set -eu
cd "$(dirname "$0")/.."
failed=0

python3 tests/structure.py || failed=1

# Another version formats differently.
format=$(command -v clang-format-14 || command -v clang-format)
find engine layers data detector apps tests -name '*.h' -o -name '*.cpp' -o -name '*.inl' -o -name '*.cu' -o -name '*.cuh' |
  xargs "$format" --dry-run -Werror || failed=1

if [ "${1:-}" != "--quick" ]; then
  tidy=$(command -v clang-tidy-14 || command -v clang-tidy)
  # Only configured, for the list of compile commands. Without precompiled headers a forgotten include is found.
  [ -f build-lint/build.ninja ] || meson setup build-lint -Db_pch=false -Dcuda=disabled > /dev/null
  # The compiler is g++: clang does not know all of its warnings and pragmas.
  # shellcheck disable=SC2046  # the patterns are meant to be expanded
  printf '%s\n' $(grep -v '^#' tests/tidy.txt) |
    xargs -n 2 -P "$(nproc)" "$tidy" -p build-lint --quiet --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-unknown-pragmas 2> build-lint/tidy-log.txt || failed=1
fi

[ "$failed" -eq 0 ] && echo "lint: nothing found" || { echo "lint: failed"; exit 1; }
