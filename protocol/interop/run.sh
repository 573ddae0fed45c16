#!/bin/sh
# Runs the independent client. It shares no code with the Rust crates: what it knows, it knows from
# docs/PROTOCOL.md and auboutique.cddl.
#
#   protocol/interop/run.sh vectors
#   protocol/interop/run.sh market --server-binary target/debug/auboutique-server
#
# AUBOUTIQUE_INTEROP_VENV names the virtual environment to use; it is made when it does not exist.
# Without it, one is kept under target/. Python 3.11 or later; the two packages of requirements.txt
# are installed into the environment.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=${AUBOUTIQUE_INTEROP_VENV:-$root/target/interop-venv}

if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
if ! cmp -s "$here/requirements.txt" "$environment/installed-requirements.txt"; then
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/installed-requirements.txt"
fi
PYTHONDONTWRITEBYTECODE=1 exec "$environment/bin/python" "$here/interop.py" "$@"
