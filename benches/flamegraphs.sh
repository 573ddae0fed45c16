#!/usr/bin/env bash
# Draws where the server's processor time goes while lists and purchases are asked for, and while buyers race, as in
# `compare`: docs/pictures/profile-list.svg, profile-buy.svg and profile-race.svg.
#
#   benches/flamegraphs.sh
#
# Needs perf, the right to use it (kernel.perf_event_paranoid), and inferno (cargo install inferno). Takes some
# minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
for program in perf inferno-collapse-perf inferno-flamegraph; do
    command -v "$program" >/dev/null || { sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 2; }
done
cargo build --quiet --locked --release -p auboutique-benches -p auboutique-server --bin compare --bin auboutique-server
mkdir -p docs/pictures
scratch=$(mktemp -d)
compare=
trap 'if [ -n "$compare" ]; then kill "$compare" 2>/dev/null || true; fi; rm -rf "$scratch"' EXIT

for work in list buy race; do
    cargo run --quiet --locked --release -p auboutique-benches --bin compare -- \
        --only "$work" --rounds 3 --seconds 2 >"$scratch/table" 2>"$scratch/progress" &
    compare=$!
    until grep -q "$work: warming up" "$scratch/progress"; do
        kill -0 "$compare" || { cat "$scratch/progress" >&2 && exit 1; }
        sleep 0.2
    done
    # Cargo has become compare, whose children are the servers. Ours ends with the run, and with it the recording.
    server=$(pgrep -P "$compare" -x auboutique-serv)
    perf record --quiet --call-graph dwarf,16384 --freq 99 --pid "$server" --output "$scratch/$work.data" || true
    wait "$compare" || true
    compare=
    perf script --no-inline --input "$scratch/$work.data" 2>/dev/null | inferno-collapse-perf >"$scratch/$work.folded"
    inferno-flamegraph --title "auboutique-server: $work, 256 connections" --minwidth 0.2 \
        "$scratch/$work.folded" >"docs/pictures/profile-$work.svg"
    echo "docs/pictures/profile-$work.svg" >&2
done
