#!/bin/sh
# From a bare machine to marked pictures: installs what is missing, builds, trains a small InterNet on the built-in scenes,
# measures it on scenes that it has not seen, and marks a few of them. At most ten minutes on two cores.
#
#   sh apps/demo.sh           leaves run/, pictures/ and summary.md in demo-out/
#   sh apps/demo.sh --short   half a minute of training, in demo-out/short: to see that it works; the figures mean nothing
set -eu
cd "$(dirname "$0")/.."

out=demo-out
length=""
evaluated=scenes
if [ "${1:-}" = "--short" ]; then
  out=demo-out/short
  length="--minutes 0.5"
  evaluated=scenes:200
elif [ $# -gt 0 ]; then
  echo "demo.sh: error: \"$1\" is not an option; there is only --short" >&2
  exit 2
fi

sh third_party/install.sh
[ -f build/build.ninja ] || meson setup build
ninja -C build apps/train apps/evaluate apps/detect

# Evaluation comes once, after training, so no choice is made by the scenes that the figures are taken on.
# shellcheck disable=SC2086  # the length is meant to be split into words
build/apps/train --data scenes:10000 --preset demo --val-data scenes:500 --eval-every 0 --out "$out/run" --overwrite $length
build/apps/evaluate --model "$out/run/best.safetensors" --data "$evaluated" --min-side 16 > "$out/evaluation.txt"
build/apps/detect --model "$out/run/best.safetensors" --data "$evaluated" --limit 12 --sheet 12 --out "$out/pictures"

{
  echo "# Demo: InterNet on the built-in scenes"
  echo
  echo "Preset demo (intertwiner and optimal transport on), $(date -u +%Y-%m-%d), $(nproc) cores. Measured on scenes that"
  echo "training has not seen. The last row of the first table: objects of 16 px and more, below which a class cannot be told."
  echo
  echo '```'
  cat "$out/evaluation.txt"
  echo '```'
  echo
  echo "Pictures: pictures/sheet.png, and each by itself in pictures/. Model: run/best.safetensors."
} > "$out/summary.md"
rm "$out/evaluation.txt"
cat "$out/summary.md"
echo
echo "The demo's results are in $(pwd)/$out: summary.md and pictures/sheet.png"
