#!/bin/sh
# All checks that need an NVIDIA GPU, also on a machine without a network: from one copied tensor to the benchmark and a
# training. Each check has a time limit of its own, and the next one follows also after a failure.
#
#   sh tests/gpu/first_contact.sh --pack FILE.tar     where this project is built: programs and libraries into a file
#   sh first_contact.sh [DIR]                         on the GPU's machine, in the unpacked folder
#   sh tests/gpu/first_contact.sh [DIR]               the same in a clone, which is built first
#   sh first_contact.sh --rehearse [DIR]              without a GPU: what the stand-in for CUDA can run
#
# All output is in DIR (first-contact), at most 16 MB: summary.txt, and a text for each check. PYTHON names a Python with
# PyTorch for CUDA (default: python3), whose NVIDIA libraries are used where the system has none. The last line is
# "N passed, N failed, N skipped".
# shellcheck disable=SC2086  # commands with their options in a variable
set -u
cd "$(dirname "$0")"
[ -f first_contact.sh ] && [ -d ../../engine ] && cd ../..
python=${PYTHON:-python3}

programs="tests/all_tests tests/bench/bench tests/bench/step_times apps/train apps/evaluate"
modules="engine/cuda/libintertwiner_cuda.so tests/gpu/stand_in/libintertwiner_cuda.so"

pack() {  # FILE
  set -e
  [ -f build/build.ninja ] || meson setup build -Dcuda=enabled
  ninja -C build $programs $modules
  folder=$(mktemp -d)
  mkdir "$folder/lib"
  for file in $programs $modules; do
    mkdir -p "$folder/build/$(dirname "$file")"
    strip -o "$folder/build/$file" "build/$file"
  done
  # Libraries that a bare machine may lack. Those of C and C++ and NVIDIA's are its own.
  for program in $programs; do ldd "build/$program"; done | awk '$2 == "=>" { print $3 }' | sort -u |
    grep -Ev '/(libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|librt)\.so|/libcu|/libnv' |
    while read -r library; do cp -L "$library" "$folder/lib/"; done
  cp tests/gpu/first_contact.sh "$folder/"
  tar -cf "$1" -C "$folder" .
  rm -r "$folder"
  du -h "$1"
}

if [ "${1:-}" = "--pack" ]; then
  [ $# -eq 2 ] || { echo "first_contact.sh: error: --pack needs the name of the file to write" >&2; exit 2; }
  pack "$2"
  exit 0
fi

rehearsal=false
if [ "${1:-}" = "--rehearse" ]; then
  rehearsal=true
  shift
fi
out=${1:-first-contact}
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
: > "$out/summary.txt"
passed=0 failed=0 skipped=0
say() { echo "$*" | tee -a "$out/summary.txt"; }

# Runs a command with a time limit in seconds. Its output is in NAME.txt.
check() {  # NAME SECONDS COMMAND...
  name=$1
  limit=$2
  shift 2
  begin=$(date +%s)
  if timeout "$limit" "$@" > "$out/$name.txt" 2>&1; then
    passed=$((passed + 1))
    say "passed  $name  $(($(date +%s) - begin)) s"
  else
    code=$?
    failed=$((failed + 1))
    say "failed  $name  $(($(date +%s) - begin)) s, exit code $code: $(grep -a -E 'error|FAILED|what' "$out/$name.txt" | head -1 | cut -c1-160)"
  fi
}
skip() {  # NAME REASON
  skipped=$((skipped + 1))
  say "skipped $1: $2"
}

ap50() { awk '$1 == "all" { print $3; exit }' "$out/10-evaluate-$1.txt"; }

if [ ! -x build/tests/all_tests ]; then
  say "no binaries are here, so the source is built"
  check build 1800 sh -c 'sh third_party/install.sh; [ -f build/build.ninja ] || meson setup build; ninja -C build'
fi

# NVIDIA's libraries of pip's packages, for example nvidia/cu13/lib and nvidia/cudnn/lib.
site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2> /dev/null)
folders=$(find "${site:-/nonexistent}" -path '*/nvidia/*' -name 'lib*.so.*' -printf '%h\n' 2> /dev/null | sort -u | paste -sd:)
export LD_LIBRARY_PATH="$PWD/lib:${LD_LIBRARY_PATH:-}:${folders:-}"

{
  date -u
  uname -a
  nvidia-smi
  "$python" -c 'import torch, torchvision; print("torch", torch.__version__, "torchvision", torchvision.__version__)'
  ldd build/engine/cuda/libintertwiner_cuda.so
} > "$out/machine.txt" 2>&1

# evaluate opens the device before it checks its other options.
found=$(build/apps/evaluate --device cuda 2>&1 || true)
case $found in
  "evaluate: error: cuda: "*)
    say "no GPU: ${found#evaluate: error: }"
    $rehearsal || exit 2
    ;;
esac

tests="build/tests/all_tests -d yes"
check 1-opens 60 $tests "a tensor copied to the GPU and back is the same"
check 2-operators 180 $tests "every operator on the GPU*,operators on bfloat16*,the GPU finds the smallest*"
check 3-step 120 $tests "a training step on the GPU gives*,a training step on the GPU with bfloat16*"
check 4-recorded 120 $tests "replayed steps on the GPU*,a checkpoint loaded on the GPU*"
sanitizer=$(command -v compute-sanitizer || command -v /usr/local/cuda/bin/compute-sanitizer)
memcheck=""
if [ -n "$sanitizer" ] && ! $rehearsal; then
  memcheck="$sanitizer --tool memcheck --report-api-errors no --error-exitcode 9"
fi
if [ -n "$memcheck" ]; then
  check 5-sanitizer 300 $memcheck $tests "three steps of Faster*"
else
  skip 5-sanitizer "no compute-sanitizer, or no GPU"
  check 5-three-steps 120 $tests "three steps of Faster*"
fi
bench="build/tests/bench/bench --device cuda --precision bf16 --repeats 20"
if $rehearsal; then
  skip 6-benchmark "no GPU"
elif "$python" -c 'import sys, torch, torchvision; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
  check 6-benchmark 420 $bench --json "$out/bench.json" --against-pytorch "$python"
else
  check 6-benchmark 300 $bench --json "$out/bench.json"
fi
times="build/tests/bench/step_times --rows 100"
$rehearsal && batches=2 || batches="2 16"
for batch in $batches; do
  check "7-times-batch-$batch" 300 $times --batch "$batch"
  check "7-times-batch-$batch-by-shape" 300 $times --batch "$batch" --by-shape
done
check 7-times-internet 600 $times --preset internet-r50
check 7-times-detection 300 $times --detect --batch 1
check 8-model-batch-2 600 $times --batch 2 --model
check 9-suite 600 $tests "[gpu]"
if [ -n "$memcheck" ]; then
  check 9-sanitizer-internet 600 $memcheck $tests "a training step on the GPU*"
else
  skip 9-sanitizer-internet "no compute-sanitizer, or no GPU"
fi
if $rehearsal; then
  skip 10-training "no GPU"
  skip 11-benchmark-no-deterministic "no GPU"
else
  # The same model has the same AP50 on both devices. Trained on both for 1,000 steps, it differs as two seeds do.
  for device in cuda cpu; do
    check "10-train-$device" 600 build/apps/train --data scenes:10000 --val-data scenes:500 --preset demo --steps 1000 \
      --eval-every 0 --device "$device" --out "$out/$device" --overwrite
  done
  evaluate="build/apps/evaluate --data scenes"
  check 10-evaluate-cuda 120 $evaluate --model "$out/cuda/last.safetensors" --device cuda
  check 10-evaluate-cpu 120 $evaluate --model "$out/cpu/last.safetensors"
  check 10-evaluate-moved 120 $evaluate --model "$out/cpu/last.safetensors" --device cuda
  check 10-same-ap50 5 awk -v cuda="$(ap50 cuda)" -v cpu="$(ap50 cpu)" -v moved="$(ap50 moved)" 'BEGIN {
    print "trained on the GPU " cuda ", trained on the CPU " cpu ", the same on the GPU " moved
    exit !((cpu - moved) ^ 2 <= 0.01 ^ 2 && (cpu - cuda) ^ 2 <= 0.08 ^ 2 && cuda > 0.1)
  }'
  rm -rf "$out/cuda" "$out/cpu"
  check 11-benchmark-no-deterministic 300 $bench --no-deterministic --json "$out/bench-no-deterministic.json"
fi

say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
