# The program `syscalls` under strace, twice, watched by one tracee: once strace reads what arguments point to and
# names numbers, once it writes registers. `cargo xtask vm` compares what both wrote (xtask/src/vm/strace).
set -e

judge() { # NAME OPTIONS…: what strace writes of each thread goes to /out/strace-NAME.THREAD
    name=$1
    shift
    /usr/bin/strace -ff -q -e signal=none -o "/out/strace-$name" "$@" syscalls
    rm -rf /tmp/syscalls
}

if [ "$1" = judged ]; then
    # strace cuts what it shows: structs without -v, texts with a small -s.
    judge decoded -v -s 65536 -X verbose
    judge raw -e raw=all
    exit
fi

cat >/tmp/syscalls.tp <<'POLICY'
policy syscalls {
  select set.syscalls where proc.comm == "syscalls";
}
POLICY
echo "--- tracee and strace"
tracee run /tmp/syscalls.tp --output json:file:/out/strace.json \
    --summary-json /out/strace.summary.json -- sh /strace.sh judged >/out/strace.log
