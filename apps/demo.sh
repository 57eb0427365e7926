#!/bin/sh
# Installs missing packages, builds, trains a small InterNet on the built-in scenes, evaluates it on new scenes, and draws
# the detections in some of them. Takes ten minutes on two cores: it trains for as long as the build leaves of them.
#
#   sh apps/demo.sh           writes run/, pictures/ and summary.md to demo-out/
#   sh apps/demo.sh --short   trains for half a minute and writes to demo-out/short; a quick check without useful numbers
set -eu
cd "$(dirname "$0")/.."

begin=$(date +%s)
out=demo-out
evaluated=scenes
is_short=false
if [ "${1:-}" = "--short" ]; then
  out=demo-out/short
  evaluated=scenes:200
  is_short=true
elif [ $# -gt 0 ]; then
  echo "demo.sh: error: \"$1\" is not an option; use --short or no option" >&2
  exit 2
fi

sh third_party/install.sh
[ -f build/build.ninja ] || meson setup build
ninja -C build apps/train apps/evaluate apps/detect

# Evaluation and drawing take 20 seconds. A slow build leaves at least 4 minutes.
seconds=$((570 - ($(date +%s) - begin)))
[ $seconds -gt 240 ] || seconds=240
$is_short && seconds=30
minutes=$(LC_ALL=C awk "BEGIN { print $seconds / 60 }")

# What such a short training learns most with: a head that reads the pooled features, no alignment (as in preset
# small-pooled), a loss on the classes of large objects (4.1), more steps with fewer regions, and AdamW with a learning
# rate that drops late. Evaluates only once, after training, so that the scenes of the evaluation do not influence which
# model is best.
build/apps/train --data scenes:10000 --preset demo --head-input pooled --large-source higher --regions 32 \
  --large-class-factor 1 --optimizer adamw --learning-rate 0.0003 --weight-decay 0.05 --warmup-steps 20 --drops 0.88,0.97 \
  --minutes "$minutes" --val-data scenes:500 --eval-every 0 --out "$out/run" --overwrite
build/apps/evaluate --model "$out/run/best.safetensors" --data "$evaluated" --min-side 16 > "$out/evaluation.txt"
build/apps/detect --model "$out/run/best.safetensors" --data "$evaluated" --limit 12 --sheet 12 --out "$out/pictures" --overwrite

{
  echo "# Demo: InterNet on the built-in scenes"
  echo
  echo "Preset demo by AdamW: the head reads pooled features, levels are not aligned, a loss teaches the classes of large"
  echo "objects, 32 regions an image. $(date -u +%Y-%m-%d), $(nproc) cores."
  echo "Evaluated on scenes that are not in the training data. The last row of the first"
  echo "table has objects of 16 px and more: smaller ones are too small to recognise their class."
  echo
  echo '```'
  cat "$out/evaluation.txt"
  echo '```'
  echo
  echo "Pictures: pictures/sheet.png, and single pictures in pictures/. Model: run/best.safetensors."
} > "$out/summary.md"
rm "$out/evaluation.txt"
cat "$out/summary.md"
echo
echo "The demo's results are in $(pwd)/$out: summary.md and pictures/sheet.png"
