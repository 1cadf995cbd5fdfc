#!/usr/bin/env bash
# Sets up what is missing, then runs the whole stack against the simulated Go2.
#
#   scripts/demo.sh "go to the red chair" [--seed N] [--mode MODE] [--timeout S] ...
#
# Options are those of `specedge up`. Exit status: 0 goal reached, 1 not reached, 2 bad use.
set -euo pipefail

if [[ $# -eq 0 || -z ${1// /} || $1 == -* ]]; then
  echo "usage: scripts/demo.sh \"go to the red chair\" [options of specedge up]" >&2
  exit 2
fi
goal=$1
shift
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/specedge up --sim --goal "$goal" "$@"
