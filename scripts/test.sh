#!/usr/bin/env bash
# Sets up what is missing, then runs the linters and all tests; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

# A browser looks at the report and plays the video. Where it is not to be had by a plain
# `apt-get install` (Ubuntu has it as a snap only), pytest says which tests it skips.
install_browser() {
  local log
  command -v chromium >/dev/null || command -v google-chrome >/dev/null && return
  [[ $EUID -eq 0 ]] && grep -qs '^ID=debian' /etc/os-release || return 0
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  echo "[test] installing chromium, for the tests that look at pages" >&2
  { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium; } \
    >"$log" 2>&1 || echo "[test] no chromium: $(tail -n 1 "$log")" >&2
  rm -f "$log"
}

scripts/setup.sh
install_browser
# Where ROS 2 is sourced, pytest would load ROS 2's plugins, for which the environment lacks parts.
unset PYTHONPATH
bin=.venv/bin
"$bin/ruff" check .
"$bin/mypy"
exec "$bin/pytest" -n "${SPECEDGE_TEST_PROCESSES:-2}" "$@"
