#!/bin/sh
# Builds for 64-bit ARM and tests the result with qemu: operators, layers and golden files, and a detection whose boxes
# must be those of this machine.
#
#   sh tests/aarch64.sh                    on made-up scenes, with a model of a few steps
#   sh tests/aarch64.sh MODEL IMAGE...     on these images
set -eu
cd "$(dirname "$0")/.."

sh third_party/install.sh --aarch64
[ -f build/build.ninja ] || meson setup build
ninja -C build apps/train apps/detect
[ -f build-aarch64/build.ninja ] || meson setup build-aarch64 --cross-file third_party/aarch64.ini
ninja -C build-aarch64 apps/detect tests/all_tests

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
if [ $# -eq 0 ]; then
  build/apps/train --data scenes:64 --val-data scenes:8 --eval-every 0 --preset demo --steps 30 --out "$folder/run"
  set -- "$folder/run/best.safetensors" --data scenes:20
fi
model="$1"
shift
build/apps/detect --model "$model" "$@" --score 0.01 --out "$folder/here" > /dev/null
qemu-aarch64-static build-aarch64/apps/detect --model "$model" "$@" --score 0.01 --out "$folder/arm" > /dev/null
python3 tests/compare_detections.py "$folder/here/detections.json" "$folder/arm/detections.json"

# The last line counts the tests. Those that start programs are not built: qemu starts only this one. Left out are the
# emulated GPU, which protects its memory at each step, and whole trainings: each takes qemu minutes.
qemu-aarch64-static build-aarch64/tests/all_tests --filenames-as-tags \
  "~[#test_trainer]~[#test_training_run]~[#test_shards]~[#test_c_threads]~[#test_c_failures]~*device*"
