#!/bin/sh
# Runs a command. Prints what it says only if it fails.
#
#   sh tests/quiet.sh meson setup build-lint
said=$("$@" 2>&1) || { code=$?; printf '%s\n' "$said" >&2; exit "$code"; }
