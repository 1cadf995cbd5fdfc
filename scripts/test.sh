#!/usr/bin/env bash
# Sets up what is missing, then runs the linters and all tests; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
bin=.venv/bin
"$bin/ruff" check .
"$bin/mypy"
exec "$bin/pytest" -n "${SPECEDGE_TEST_PROCESSES:-2}" "$@"
