#!/bin/sh
# Runs one fuzz target for a time, and again after each finding. run.sh calls it.
#
#   sh tests/fuzz/run_target.sh TARGET SECONDS BUILD
set -eu
target=$1 seconds=$2 build=$3
fuzzer="$build/tests/fuzz/$target"
corpus="$build/corpus/$target" findings="$build/findings/$target" log="$build/logs/$target.txt"
mkdir -p "$corpus" "$findings"
: > "$log"

# Longer inputs cost speed and rarely reach more code. A picture of CIFAR-10 has 3,073 bytes.
case "$target" in
  cifar) max_bytes=6300 ;;
  exif) max_bytes=128 ;;
  images) max_bytes=2048 ;;
  *) max_bytes=1024 ;;
esac
dictionary=""
[ -f "tests/fuzz/$target.dict" ] && dictionary="-dict=tests/fuzz/$target.dict"
# Most time goes into keeping stacks of allocations, which a second run of a finding shows in full.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=0:quarantine_size_mb=4}"

begin=$(date +%s)
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=$((seconds - ($(date +%s) - begin)))
  [ "$left" -gt 0 ] || break
  # shellcheck disable=SC2086  # no dictionary is no argument
  if "$fuzzer" "$corpus" "tests/fuzz/corpus/$target" $dictionary -max_total_time="$left" -max_len="$max_bytes" \
      -timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=512 -print_final_stats=1 -verbosity=1 \
      -artifact_prefix="$findings/" >> "$log" 2>&1; then break; fi
done
took=$(($(date +%s) - begin))
# "0m1.25s 0m0.5s" in the second line: time of the processor for the fuzzer.
times > "$build/logs/$target.times"
processor=$(LC_ALL=C awk 'NR == 2 { split($0, part, /[ms ]+/); print part[1] * 60 + part[2] + part[3] * 60 + part[4] + 0.01 }' \
  "$build/logs/$target.times")

# Keeps the smallest set of inputs that reaches the same code.
rm -rf "$corpus.merged"
mkdir "$corpus.merged"
"$fuzzer" -merge=1 -max_len="$max_bytes" "$corpus.merged" "tests/fuzz/corpus/$target" "$corpus" >> "$log" 2>&1 &&
  rm -rf "$corpus" && mv "$corpus.merged" "$corpus"

executions=$(awk '/stat::number_of_executed_units:/ { sum += $2 } END { print sum + 0 }' "$log")
echo "$target $executions $processor $(find "$corpus" -type f | wc -l) $(find "$findings" -type f | wc -l)" \
  > "$build/logs/$target.figures"
echo "$target: $executions executions in $took s, $processor s of the processor"
