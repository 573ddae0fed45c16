#!/usr/bin/env bash
# Measures what docs/PERFORMANCE.md tells of, and prints its tables. Nothing else should run meanwhile.
#
#   benches/run.sh [GROUP...]       catalog codec mixed pages password roundtrip start store tls compare long idle
#
# Without a GROUP all of them but `long` (the store for five minutes on each side), which needs twelve gigabytes of
# disk and memory. What goes on is told on standard error; a floor that is missed ends the run with 1, at its end.
set -euo pipefail
cd "$(dirname "$0")/.."
known=(catalog codec mixed pages password roundtrip start store tls compare idle long)
groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=("${known[@]:0:11}")
for group in "${groups[@]}"; do
    case " ${known[*]} " in
    *" $group "*) ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
cargo build --quiet --locked --release --workspace --bins
cargo bench --quiet --locked -p auboutique-benches --no-run
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=0

# Keeps what a command prints, and that it failed.
measure() {
    local group=$1
    shift
    echo "$group: $*" >&2
    "$@" >"$results/$group" || failed=1
}

for group in "${groups[@]}"; do
    case $group in
    compare) measure "$group" cargo run --quiet --locked --release -p auboutique-benches --bin compare -- --json ;;
    long) measure "$group" cargo bench --quiet --locked -p auboutique-benches --bench store -- --long --json ;;
    idle) AUBOUTIQUE_BUILT=yes AUBOUTIQUE_PROFILE=release measure "$group" .ci/long/idle ;;
    *) measure "$group" cargo bench --quiet --locked -p auboutique-benches --bench "$group" -- --json ;;
    esac
done

printf '%s, %s, %s cores, load %s, Linux %s, %s\n\n' "$(date +%F)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
    "$(cut -d ' ' -f 1 /proc/loadavg)" "$(uname -r)" "$(rustc --version | cut -d ' ' -f 1,2)"
python3 - "$results" "${groups[@]}" <<'PYTHON'
import json
import sys
from pathlib import Path


def figure(value: float) -> str:
    for least, digits in ((100, 0), (10, 1), (0.1, 2)):
        if abs(value) >= least or value == 0:
            return f"{value:,.{digits}f}"
    return f"{value:.4f}"


for group in sys.argv[2:]:
    text = Path(sys.argv[1], group).read_text("utf-8")
    print(f"### {group}\n")
    if not text.startswith("{"):
        print(text)
        continue
    report = json.loads(text)
    print("| what | figure | spread | floor | |\n|---|---|---|---|---|")
    for row in report["rows"]:
        holds = {True: "holds", False: "**missed**", None: "too noisy" if row["noisy"] else ""}[row["holds"]]
        floor = "" if row["floor"] is None else figure(row["floor"])
        spread = f"± {figure(row['iqr'] / 2)}" if row["iqr"] else ""
        print(f"| {row['name'].strip()} | {figure(row['median'])} | {spread} | {floor} | {holds} |")
    print("" if report["correct"] else "\n**Something was answered or kept wrong.**\n")
PYTHON
exit "$failed"
