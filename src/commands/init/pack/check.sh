#!/bin/sh
# What must hold of this pack: it is formatted, compiles without a warning, its tests leave nothing out, and of
# events.jsonl comes what detections.jsonl has. `./check.sh --update` writes detections.jsonl anew.
# TRACEE is the program, if it is not in the PATH.
set -eu
cd "$(dirname "$0")"
tracee=${TRACEE:-tracee}

"$tracee" fmt --check .
"$tracee" check --deny warnings .
"$tracee" test --coverage --fail-under 100 .

found=$(mktemp)
trap 'rm -f "$found"' EXIT
"$tracee" run policy.tp --strict --replay events.jsonl --output json:file:"$found" 2>/dev/null
if [ "${1-}" = --update ]; then
    cat "$found" >detections.jsonl
elif ! diff -u detections.jsonl "$found"; then
    echo "check.sh: other detections than detections.jsonl has; ./check.sh --update takes them over" >&2
    exit 1
fi
