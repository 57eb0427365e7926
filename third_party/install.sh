#!/bin/sh
# Installs the missing packages for a build: a compiler, meson, and the libraries of meson.build. On Debian and Ubuntu
# it uses apt-get (with sudo unless root). On other systems it lists the missing packages. If nothing is missing, it
# needs no network and changes nothing.
#
#   sh third_party/install.sh            for building and testing
#   sh third_party/install.sh --lint     also for tests/lint.sh
#   sh third_party/install.sh --mpi      also for several processes (-Dmpi) and their tests
#   sh third_party/install.sh --fuzz     also for tests/fuzz/run.sh
#   sh third_party/install.sh --aarch64  also for tests/aarch64.sh: adds ARM to dpkg's architectures
#
# Several of these may be given together.
set -eu

# Missing Debian packages. A library is present if pkg-config finds it.
missing=""
need_program() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need_library() {
  command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" || missing="$missing $2"
}
need_program c++ g++
need_program meson meson
need_program ninja ninja-build
need_program pkg-config pkg-config
need_library CLI11 libcli11-dev
need_library tomlplusplus libtomlplusplus-dev
need_library pugixml libpugixml-dev
need_library yaml-0.1 libyaml-dev
need_library minizip libminizip-dev
need_library zlib zlib1g-dev
need_library eigen3 libeigen3-dev
need_library stb libstb-dev
need_library catch2 catch2
for option in "$@"; do
  case "$option" in
    --lint)
      need_program clang-format-14 clang-format-14
      need_program clang-tidy-14 clang-tidy-14 ;;
    --mpi)
      need_program mpirun openmpi-bin
      need_library ompi-c libopenmpi-dev ;;
    --fuzz)
      need_program clang++-14 clang-14
      # libFuzzer and the sanitizers; clang finds them in its own folder.
      [ -n "$(find /usr/lib/llvm-14/lib/clang -name 'libclang_rt.fuzzer-*.a' 2>/dev/null)" ] ||
        missing="$missing libclang-rt-14-dev" ;;
    --aarch64)
      need_program aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
      need_program qemu-aarch64-static qemu-user-static
      need_for_arm() { [ -f "/usr/lib/aarch64-linux-gnu/pkgconfig/$1.pc" ] || missing="$missing $2:arm64"; }
      need_for_arm tomlplusplus libtomlplusplus-dev
      need_for_arm pugixml libpugixml-dev
      need_for_arm yaml-0.1 libyaml-dev
      need_for_arm minizip libminizip-dev
      need_for_arm zlib zlib1g-dev
      need_for_arm stb libstb-dev ;;
    *)
      echo "install.sh: unknown option $option; see the top of this file" >&2
      exit 2 ;;
  esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "install.sh: missing on this machine:$missing (names of Debian 12's packages); install them, then run this again" >&2
  exit 2
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "install.sh: missing:$missing; run 'apt-get install$missing' as root, then run this again" >&2
    exit 2
  fi
  as_root="sudo"
fi
case "$missing" in *:arm64*) $as_root dpkg --add-architecture arm64 ;; esac
echo "install.sh: installing$missing"
# shellcheck disable=SC2086  # the list is meant to be split into words
if ! { $as_root apt-get update -qq &&
       $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; }; then
  echo "install.sh: apt-get could not install$missing; look at its message above (is there a network?)" >&2
  exit 2
fi
