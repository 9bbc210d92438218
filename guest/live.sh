# The job of a guest of `cargo xtask vm`: the live tests, then the attack chain, and what the standard rules are
# for, watched by tracee. What tracee wrote goes to /out, where the xtask (xtask/src/vm/chain.rs and
# standard_rules.rs) compares it.
set -e
policy=/examples/policies/quickstart.tp

export TRACEE_REQUIRE_LIVE=1 TRACEE_KERNEL_REPORT=/out/kernel.json
for test in /tests/*; do
    [ -e "$test" ] || continue
    echo "--- $test"
    "$test" --test-threads=1
done

# Guests have version 2's control groups; what tracee does on a system with version 1's is tried beside it. Not every
# kernel still has cpuset's.
if [ -e /tests/live ] && mkdir -p /run/cpuset && mount -t cgroup -o cpuset cpuset /run/cpuset; then
    echo "--- /tests/live, control groups of version 1"
    TRACEE_LIVE_CPUSET=/run/cpuset /tests/live --test-threads=1 control_groups_are_of_version_1
    umount /run/cpuset
fi

# A kernel has trampolines or not; what tracee does without is tried on one that has them.
case $(uname -r) in
6.1.*)
    if [ -e /tests/live ]; then
        echo "--- /tests/live, by kprobes"
        TRACEE_LIVE_KPROBES=1 /tests/live --test-threads=1 functions::
    fi
    ;;
esac

watch() { # NAME ARGUMENTS…: tracee's output and summary go to /out/NAME.json, /out/NAME.summary.json
    name=$1
    shift
    echo "--- tracee: $name"
    tracee run "$policy" --output "json:file:/out/$name.json" \
        --summary-json "/out/$name.summary.json" "$@"
}

tracee list rules "$policy" --format json >/out/rules.json
watch live --record /out/live.trec -- attack-chain
watch no-pushdown --no-pushdown -- attack-chain
watch replay --replay /out/live.trec
watch benign -- benign

# Without a policy: every standard rule.
sh /standard-rules.sh prepare
for part in attack twin; do
    echo "--- tracee: standard rules, $part"
    tracee run --output "json:file:/out/rules-$part.json" -- sh /standard-rules.sh "$part"
    [ -e "/tmp/standard-rules.$part" ]
done
echo "--- tracee: standard rules, everyday work"
tracee run --output json:file:/out/rules-busy.json -- dash /busy.sh
[ -e /tmp/busy.done ]
