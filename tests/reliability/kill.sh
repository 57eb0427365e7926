#!/bin/sh
# Kills tiny trainings at random moments, until N processes were killed: sh tests/reliability/kill.sh N [SEED]
# kill.py says what is checked.
set -eu
exec python3 "$(dirname "$0")/kill.py" "$@"
