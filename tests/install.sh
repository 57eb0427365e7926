#!/bin/sh
# Installs a build into a temporary folder and uses it as a program of others would: every installed header compiles by
# itself, and the examples in C++, C and Python and the CMake project build with what is installed, and run.
#
#   sh tests/install.sh build
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

sh tests/quiet.sh meson install -C "$build" --no-rebuild --tags devel,runtime --destdir "$out"
pc=$(find "$out" -name intertwiner-cpp.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$out
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

include=$(pkg-config --variable=includedir intertwiner-cpp)/intertwiner
case $include in "$out"*) ;; *) include=$out$include ;; esac
# The include path is the installed one alone. -Wall finds what a header forgets, such as a static function that is unused.
(cd "$include" && find . -name '*.h') | xargs -n 1 -P "$(nproc)" sh -c \
  'echo "#include \"$3\"" | "$1" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$2" -x c++ -' \
  sh "${CXX:-c++}" "$include"

# shellcheck disable=SC2046  # flags are meant to be split into words
"${CXX:-c++}" -O1 apps/examples/align_vectors.cpp $(pkg-config --cflags --libs intertwiner-cpp) -o "$out/align_vectors"
"$out/align_vectors" | tail -n 1

# The C library. Its users need none of the flags of the C++ library.
prefix=$(dirname "$(dirname "$include")")
LD_LIBRARY_PATH=$(dirname "$(find "$out" -name 'libintertwiner.so.0')")
export LD_LIBRARY_PATH
# shellcheck disable=SC2046
"${CXX:-c++}" -std=c++17 -Wall -Wextra -pedantic -Werror apps/examples/cmake/train_and_detect.cpp \
  $(pkg-config --cflags --libs intertwiner) -o "$out/train_and_detect"
"$out/train_and_detect" scenes:16 "$out/run" 2 apps/figures/detections.jpg > "$out/of_cpp.txt"
grep 'step 2 of 2' "$out/of_cpp.txt"

# shellcheck disable=SC2046
"${CC:-gcc}" -std=c99 -Wall -Wextra -pedantic -Werror apps/examples/detect.c $(pkg-config --cflags --libs intertwiner) \
  -o "$out/detect"
"$out/detect" "$out/run/best.safetensors" apps/figures/detections.jpg > "$out/of_c.txt"
[ -s "$out/of_c.txt" ] || { echo "install.sh: error: there is no detection to compare" >&2; exit 1; }
grep ' at ' "$out/of_cpp.txt" | cmp - "$out/of_c.txt"
# The static C++ library has the same functions.
"${CC:-gcc}" -std=c99 -c apps/examples/detect.c -I"$(dirname "$include")" -o "$out/detect.o"
# shellcheck disable=SC2046
"${CXX:-c++}" "$out/detect.o" $(pkg-config --libs intertwiner-cpp) -o "$out/detect_static"
"$out/detect_static" "$out/run/best.safetensors" apps/figures/detections.jpg | cmp - "$out/of_c.txt"
echo "C: $(wc -l < "$out/of_c.txt") detections, those of C++"

python3 apps/examples/detect.py "$out/run/best.safetensors" apps/figures/detections.jpg | cmp - "$out/of_c.txt"
python3 apps/examples/detect.py "$out/run/best.safetensors" > "$out/log.txt"  # an invented image
echo "Python: the same detections"

if command -v cmake > "$out/log.txt"; then
  sh tests/quiet.sh cmake -S apps/examples/cmake -B "$out/cmake" -DCMAKE_PREFIX_PATH="$prefix"
  sh tests/quiet.sh cmake --build "$out/cmake"
  "$out/cmake/train_and_detect" scenes:16 "$out/run_of_cmake" 2 apps/figures/detections.jpg | cmp - "$out/of_cpp.txt"
  echo "CMake: the same training"
else
  echo "CMake: cmake is missing"
fi
