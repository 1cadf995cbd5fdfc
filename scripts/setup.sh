#!/usr/bin/env bash
# Makes .venv with everything specedge needs; does nothing when that was done before.
#
# For Debian 12, Ubuntu 22.04 and 24.04, Python 3.10 or newer. Missing system packages are
# installed with apt, through sudo where need be. Settings:
#   PYTHON                 the Python that .venv is made from
#   CYCLONEDDS_HOME        an installed Cyclone DDS 0.10 to build its Python package against
#   SPECEDGE_PIP_OPTIONS   more options for pip, such as the index of CPU-only torch wheels
set -euo pipefail
cd "$(dirname "$0")/.."

readonly cyclonedds=0.10.2  # the release that the Go2 speaks; 11.x does not find it on loopback
readonly unitree_sdk2=1.0.1
readonly venv=.venv
readonly stamp=$venv/.specedge-setup
started=$SECONDS

say() { printf '[setup %3ds] %s\n' "$((SECONDS - started))" "$*" >&2; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

fingerprint() { cat setup.cfg setup.py pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1; }

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-/usr/bin/python3 python3 python3.12 python3.11 python3.10}; do
    if command -v "$candidate" >/dev/null && is_recent "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Prints the named Debian packages that are not installed.
not_installed() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

install_system_packages() {
  local wanted=(libegl1 libgl1 libgl1-mesa-dri libosmesa6 python3-venv)
  # Older Pythons get cyclonedds as a wheel, on x86; elsewhere it is built here.
  if [[ -z ${CYCLONEDDS_HOME:-} ]] && { [[ $(uname -m) != x86_64 ]] \
    || "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }; then
    wanted+=(build-essential python3-dev cyclonedds-dev cyclonedds-tools)
  fi
  if ! command -v dpkg-query >/dev/null; then
    say "no dpkg here; if a later step fails, install what corresponds to: ${wanted[*]}"
    return
  fi
  local missing
  mapfile -t missing < <(not_installed "${wanted[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null \
      || fail "please have an administrator run: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing system packages: ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 || fail "apt-get could not install ${missing[*]}: $(tail -n 1 "$log")"
}

# A Debian package spreads Cyclone DDS over /usr; its Python package wants one prefix.
link_cyclonedds() {
  local prefix=$PWD/$venv/cyclonedds library library_folder
  library=$(/sbin/ldconfig -p | awk '/libddsc\.so/ {print $NF; exit}')
  [[ -n $library && -e /usr/include/dds/dds.h && -x /usr/bin/idlc ]] \
    || fail "no Cyclone DDS 0.10 found; install cyclonedds-dev and cyclonedds-tools, or set CYCLONEDDS_HOME"
  grep -q '#define DDS_VERSION "0\.10\.' /usr/include/dds/version.h \
    || fail "the Cyclone DDS of this system is not 0.10; build release 0.10.2 and set CYCLONEDDS_HOME to where it is installed"
  library_folder=$(dirname "$library")
  mkdir -p "$prefix/include" "$prefix/lib" "$prefix/bin"
  ln -sfn /usr/include/{dds,ddsc,idl} "$prefix/include/"
  ln -sfn "$library_folder"/libddsc.so* "$library_folder"/libcycloneddsidl.so* "$prefix/lib/"
  ln -sfn /usr/bin/idlc "$prefix/bin/idlc"
  echo "$prefix"
}

# Shows what pip is at, a line per download or build, and keeps the whole in $log.
pip() {
  # shellcheck disable=SC2086  # several options in one variable are meant to split
  "$venv/bin/python" -m pip --disable-pip-version-check install --progress-bar off \
    ${SPECEDGE_PIP_OPTIONS:-} "$@" 2>&1 | tee "$log" \
    | { grep --line-buffered -E '^ *(Downloading|Building|Installing collected)' || true; } \
    | while read -r line; do say "${line:0:90}"; done
}

install_robot_sdk() {
  if ! "$venv/bin/python" -c \
    "import importlib.metadata as m, cyclonedds.core; assert m.version('cyclonedds') == '$cyclonedds'" 2>/dev/null
  then
    say "installing cyclonedds $cyclonedds"
    if ! pip --only-binary cyclonedds "cyclonedds==$cyclonedds"; then
      local home=${CYCLONEDDS_HOME:-}
      [[ -n $home ]] || home=$(link_cyclonedds)
      CYCLONEDDS_HOME=$home pip --no-binary cyclonedds "cyclonedds==$cyclonedds" \
        || fail "cyclonedds $cyclonedds did not build against $home: $(tail -n 1 "$log")"
    fi
  fi
  # Without its dependencies: it would put opencv-python over the headless build.
  pip --no-deps "unitree_sdk2==$unitree_sdk2" || fail "unitree_sdk2 $unitree_sdk2: $(tail -n 1 "$log")"
}

# Made here and not kept in git, whose copies of links are files where links are not supported.
ln -sfn ../.. ros2_ws/src/specedge  # by it colcon finds this folder as a package of ros2_ws

wanted_fingerprint=$(fingerprint)
if [[ -x $venv/bin/specedge && -f $stamp && $(<"$stamp") == "$wanted_fingerprint" ]]; then
  exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
python=$(find_python) || fail "Python 3.10 or newer is needed; install python3, or set PYTHON to one"
say "setting up specedge with $("$python" --version) in $venv"
install_system_packages

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --clear "$venv" >"$log" 2>&1 || fail "$python could not make $venv: $(tail -n 1 "$log")"
fi
say "installing Python packages (several hundred megabytes the first time)"
pip --editable '.[test]' || fail "pip could not install specedge: $(grep -m1 ERROR "$log" || tail -n 1 "$log")"
install_robot_sdk
echo "$wanted_fingerprint" >"$stamp"
say "done"
