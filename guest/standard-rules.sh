#!/bin/sh
# What the standard rules are for, done for real (`attack`), and what only looks like it (`twin`). A line
# `#: std.RULE` names the rule that must match what follows it, once; of the twin nothing may match. For
# guests only: it writes where a system has its files.
set -e
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# Runs a part of this script in what looks like a container of Docker.
in_container() {
    group=/sys/fs/cgroup/docker-$id.scope
    mkdir -p "$group"
    sh -c 'echo $$ >$0/cgroup.procs; exec unshare -m sh "$1" "$2"' "$group" "$0" "$1"
}

program() {
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}

# What is there before.
prepare() {
    mkdir -p /etc/cron.d /etc/init.d /etc/kubernetes/pki /etc/kubernetes/manifests /etc/sudoers.d
    mkdir -p /lib64 /mnt /run/secrets/kubernetes.io/serviceaccount /srv
    [ -e /proc/sched_debug ] || mount -t debugfs none /sys/kernel/debug
    echo key >/etc/kubernetes/pki/ca.key
    echo token >/run/secrets/kubernetes.io/serviceaccount/token
    echo 0 >/srv/notify_on_release
    cp /bin/true /dev/shm/true
    program /tmp/.hidden ''
    program /tmp/visible ''
    program /srv/nginx 'sh -c : || exit'
    program /srv/ngin 'sh -c : || exit'
}

sched_debug() {
    if [ -e /proc/sched_debug ]; then cat /proc/sched_debug; else cat /sys/kernel/debug/sched/debug; fi
}

attack() {
    #: std.ld_preload
    : >/etc/ld.so.preload
    rm /etc/ld.so.preload
    cd /etc
    #: std.scheduled_task_modification
    : >cron.d/x
    : >/srv/rc
    #: std.rc_modification
    mv /srv/rc /etc/init.d/rc
    #: std.sudoers_modification
    : >/etc/sudoers.d/x
    #: std.kubernetes_certificate_theft
    cat /etc/kubernetes/pki/ca.key
    #: std.aslr_inspection
    cat /proc/sys/kernel/randomize_va_space
    #: std.proc_mem_code_injection
    : 3<>/proc/self/mem
    #: std.proc_mem_access
    : 3</proc/self/mem
    #: std.default_loader_modification
    : >/lib64/ld-test.so.2
    #: std.fileless_execution
    /dev/shm/true
    #: std.hidden_program
    /tmp/.hidden
    #: std.ld_preload
    LD_PRELOAD=/none.so /bin/true
    #: std.library_search_path
    LD_LIBRARY_PATH=/none /bin/true
    #: std.anti_debugging
    attack-chain anti-debugging
    #: std.illegitimate_shell
    /srv/nginx
    in_container attack_in_container
}

attack_in_container() {
    #: std.cgroup_notify_on_release
    : >/srv/notify_on_release
    #: std.cgroup_release_agent
    : >/srv/release_agent
    #: std.core_pattern_modification
    : >>/proc/sys/kernel/core_pattern
    #: std.sysrq_modification
    : >>/proc/sysrq-trigger
    #: std.kcore_read
    : </proc/kcore
    #: std.sched_debug_reconnaissance
    sched_debug
    #: std.disk_mount
    mount -t ext4 /dev/none /mnt || :
    #: std.kubernetes_token_read
    cat /run/secrets/kubernetes.io/serviceaccount/token
    #: std.kubernetes_api_connection
    nc -w 1 10.96.0.1 443 || :
}

twin() {
    : >/etc/ld.so.conf
    cat /etc/cron.d/x
    : >/etc/cron
    mv /etc/init.d/rc /srv/rc
    cat /etc/sudoers.d/x
    : >/etc/sudoers.x
    : >/etc/kubernetes/pki/new
    cat /etc/kubernetes/manifests/* || :
    cat /proc/sys/kernel/osrelease /proc/self/maps
    cat /lib64/ld-test.so.2
    cp /dev/shm/true /tmp/true
    /tmp/true
    /tmp/visible
    LD_PRELOAD= MY_LD_PRELOAD=x LD_LIBRARY_PATH= /bin/true
    /srv/ngin
    # Outside of containers nobody minds.
    attack_in_container
    in_container twin_in_container
}

twin_in_container() {
    cat /srv/notify_on_release /srv/release_agent
    cat /proc/sys/kernel/core_pattern /proc/sys/kernel/sysrq
    cat /proc/schedstat || :
    mount -t tmpfs none /mnt
    mount -o remount,ro /mnt
    : >/run/secrets/kubernetes.io/serviceaccount/token
    nc -w 1 10.96.0.10 443 || :
}

"$1" >/dev/null 2>&1
# Only who got here did all of it.
: >"/tmp/standard-rules.$1"
