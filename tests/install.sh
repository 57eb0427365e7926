#!/bin/sh
# Installs a build into a temporary folder and uses it as a program of others would: every installed header compiles by
# itself, and the example builds with what pkg-config says and runs.
#
#   sh tests/install.sh build
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

meson install -C "$build" --no-rebuild --tags devel --destdir "$out" > "$out/log.txt" 2>&1 || { cat "$out/log.txt"; exit 1; }
pc=$(find "$out" -name intertwiner.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$out
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

include=$(pkg-config --variable=includedir intertwiner)/intertwiner
case $include in "$out"*) ;; *) include=$out$include ;; esac
# The include path is the installed one alone. -Wall finds what a header forgets, such as a static function that is unused.
(cd "$include" && find . -name '*.h') | xargs -n 1 -P "$(nproc)" sh -c \
  'echo "#include \"$3\"" | "$1" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$2" -x c++ -' \
  sh "${CXX:-c++}" "$include"

# shellcheck disable=SC2046  # flags are meant to be split into words
"${CXX:-c++}" -O1 apps/examples/align_vectors.cpp $(pkg-config --cflags --libs intertwiner) -o "$out/align_vectors"
"$out/align_vectors" | tail -n 1
