#!/bin/sh
# Builds, and checks all that needs an NVIDIA GPU; the last line is "N passed, N failed, N skipped". Without a GPU it says
# so, and everything counts as skipped.
#
#   sh tests/gpu/run.sh
#   PYTHON=venv/bin/python sh tests/gpu/run.sh      a Python with PyTorch for CUDA, to be measured beside; else python3
#
#   1. operators, training steps and runs that change devices, beside the CPU's: all_tests "[gpu]"
#   2. preset demo, trained on the built-in scenes on both devices, to the same AP
#   3. a training step under compute-sanitizer, where that is installed
#   4. the benchmark, printed, and once more without --deterministic, whose price that shows; the figures are also in
#      build/gpu-suite/bench.json and bench-no-deterministic.json
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
out=build/gpu-suite

sh third_party/install.sh
[ -f build/build.ninja ] || meson setup build
ninja -C build
mkdir -p "$out"

passed=0 failed=0 skipped=0
check() {  # WHAT COMMAND...
  what=$1
  shift
  echo "== $what"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "failed: $what"
  fi
}
skip() {
  skipped=$((skipped + 1))
  echo "skipped: $1"
}
print_counts() { echo "$passed passed, $failed failed, $skipped skipped"; }

# What all_tests counted, from its last line.
add_counts() {
  counts=$(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$1")
  # shellcheck disable=SC2086  # three numbers
  set -- ${counts:-0 1 0}
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# Measured on scenes that training has not seen, objects of all sizes.
ap50() {  # RUN DEVICE
  build/apps/evaluate --model "$out/$1/last.safetensors" --data scenes --device "$2" | awk '$1 == "all" { print $3; exit }'
}
differ_by_at_most() {  # A B MOST
  awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN { exit !(a != "" && b != "" && a - b <= most && b - a <= most) }'
}
same_ap() {
  for device in cpu cuda; do
    build/apps/train --data scenes:10000 --preset demo --val-data scenes:500 --eval-every 0 --steps 1000 \
      --device "$device" --out "$out/$device" --overwrite || return 1
  done
  here=$(ap50 cpu cpu)
  moved=$(ap50 cpu cuda)
  there=$(ap50 cuda cuda)
  echo "AP50: trained on the CPU $here, measured on the GPU $moved; trained and measured on the GPU $there"
  differ_by_at_most "$here" "$moved" 0.01 || return 1  # the same model
  differ_by_at_most "$here" "$there" 0.08 || return 1  # 1000 steps of other roundings: as two seeds
  differ_by_at_most "$there" 1 0.9                     # and it has learned something
}

benchmark() {
  set -- --device cuda --precision bf16 --repeats 20 --json "$out/bench.json"
  if "$python" -c 'import sys, torch, torchvision; sys.exit(not torch.cuda.is_available())' 2> "$out/python.txt"; then
    set -- "$@" --against-pytorch "$python"
  else
    echo "$python has no PyTorch for this GPU: ours alone"
  fi
  build/tests/bench/bench "$@"
}
benchmark_without_determinism() {
  build/tests/bench/bench --device cuda --precision bf16 --no-deterministic --repeats 20 --json "$out/bench-no-deterministic.json"
}

# The device is opened before anything else is asked for.
found=$(build/apps/evaluate --device cuda 2>&1 || true)
case $found in
  "evaluate: error: cuda: "*)
    build/tests/all_tests "[gpu]" > "$out/tests.txt" || true
    add_counts "$out/tests.txt"
    skipped=$((skipped + 4))
    echo "no GPU to test: ${found#evaluate: error: }"
    print_counts
    exit 0
    ;;
esac

build/tests/all_tests "[gpu]" > "$out/tests.txt" || true
cat "$out/tests.txt"
add_counts "$out/tests.txt"
check "preset demo reaches the CPU's AP" same_ap
sanitizer=$(command -v compute-sanitizer || command -v /usr/local/cuda/bin/compute-sanitizer || true)
if [ -n "$sanitizer" ]; then
  check "compute-sanitizer finds nothing in a training step" \
    "$sanitizer" --tool memcheck --report-api-errors no --error-exitcode 9 build/tests/all_tests "a training step on the GPU*"
else
  skip "compute-sanitizer is not installed"
fi
check "the benchmark runs" benchmark
check "the benchmark runs without --deterministic" benchmark_without_determinism
print_counts
[ "$failed" -eq 0 ]
