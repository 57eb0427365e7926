#!/bin/sh
# Builds, and runs all checks that need an NVIDIA GPU. The last line is "N passed, N failed, N skipped". Without a GPU,
# everything counts as skipped.
#
#   sh tests/gpu/run.sh
#   PYTHON=venv/bin/python sh tests/gpu/run.sh      a Python with PyTorch for CUDA, for comparison (default: python3)
#
#   1. compares operators, training steps and runs that change devices with the CPU: all_tests "[gpu]"
#   2. trains preset demo on the built-in scenes on both devices, to the same AP
#   3. runs a training step with compute-sanitizer, if that is installed
#   4. runs the benchmark, with and without --deterministic; results are also in build/gpu-suite/bench.json and
#      bench-no-deterministic.json
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

# Adds the counts in the last line of all_tests.
add_counts() {
  counts=$(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$1")
  # shellcheck disable=SC2086  # three numbers
  set -- ${counts:-0 1 0}
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# AP50 on scenes that are not in the training set, for objects of all sizes.
ap50() {  # RUN DEVICE
  build/apps/evaluate --model "$out/$1/last.safetensors" --data scenes --device "$2" | awk '$1 == "all" { print $3; exit }'
}
differ_by_at_most() {  # A B MAX
  awk -v a="$1" -v b="$2" -v max="$3" 'BEGIN { exit !(a != "" && b != "" && a - b <= max && b - a <= max) }'
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
  differ_by_at_most "$here" "$there" 0.08 || return 1  # after 1000 steps, rounding differs as much as a seed
  differ_by_at_most "$there" 1 0.9                     # the model has learned something
}

benchmark() {
  set -- --device cuda --precision bf16 --repeats 20 --json "$out/bench.json"
  if "$python" -c 'import sys, torch, torchvision; sys.exit(not torch.cuda.is_available())' 2> "$out/python.txt"; then
    set -- "$@" --against-pytorch "$python"
  else
    echo "$python has no PyTorch for this GPU; measuring only this project"
  fi
  build/tests/bench/bench "$@"
}
benchmark_without_determinism() {
  build/tests/bench/bench --device cuda --precision bf16 --no-deterministic --repeats 20 --json "$out/bench-no-deterministic.json"
}

# evaluate opens the device before it checks its other options.
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
