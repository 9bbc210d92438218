#!/bin/sh
# What the standard rules are for, done for real (`attack`), and what only looks like it (`twin`). A line
# `#: std.RULE | MESSAGE | OUTPUT` names the rule that must match what follows it, once, with what it then says (`*` is
# anything) and, if it has some, its output; of the twin nothing may match. For guests only: it writes where a
# system has its files.
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
    cp "/modules/$(uname -r)/dummy.ko" "/modules/$(uname -r)/llc.ko" /tmp
    program /tmp/.hidden ''
    program /tmp/visible ''
    program /srv/nginx 'sh -c : || exit'
    program /srv/ngin 'sh -c : || exit'
}

# Waits until tracee has said what it finds by itself, so that all is said in order.
awaited() { # RULE…
    for rule; do
        for _ in $(seq 120); do
            ! grep -q "\"rule\":\"$rule\"" /out/rules-attack.json || break
            sleep 0.5
        done
    done
}

sched_debug() {
    if [ -e /proc/sched_debug ]; then cat /proc/sched_debug; else cat /sys/kernel/debug/sched/debug; fi
}

attack() {
    #: std.ld_preload | /bin/busybox (parent /bin/tracee)
    : >/etc/ld.so.preload
    rm /etc/ld.so.preload
    cd /etc
    #: std.scheduled_task_modification | /bin/busybox (parent /bin/tracee)
    : >cron.d/x
    : >/srv/rc
    #: std.rc_modification | /bin/busybox (parent /bin/busybox)
    mv /srv/rc /etc/init.d/rc
    #: std.sudoers_modification | /bin/busybox (parent /bin/tracee)
    : >/etc/sudoers.d/x
    #: std.kubernetes_certificate_theft | /bin/busybox (parent /bin/busybox)
    cat /etc/kubernetes/pki/ca.key
    #: std.aslr_inspection | /bin/busybox opened /proc/sys/kernel/randomize_va_space
    cat /proc/sys/kernel/randomize_va_space
    #: std.proc_mem_code_injection | /bin/busybox opened /proc/*/mem
    : 3<>/proc/self/mem
    #: std.proc_mem_access | /bin/busybox opened /proc/*/mem
    : 3</proc/self/mem
    #: std.default_loader_modification | /bin/busybox (parent /bin/tracee)
    : >/lib64/ld-test.so.2
    #: std.fileless_execution | /bin/busybox started /dev/shm/true as /dev/shm/true
    /dev/shm/true
    #: std.hidden_program | /bin/busybox started /bin/busybox as /tmp/.hidden
    /tmp/.hidden
    #: std.ld_preload | /bin/busybox (parent /bin/busybox)
    LD_PRELOAD=/none.so /bin/true
    #: std.library_search_path | /bin/busybox (parent /bin/busybox)
    LD_LIBRARY_PATH=/none /bin/true
    #: std.anti_debugging | attack-chain asked to be traced by attack-chain
    attack-chain anti-debugging
    #: std.ptrace_code_injection | /bin/techniques wrote 0x7 to * of process *
    techniques ptrace-injection
    #: std.process_vm_write | /bin/techniques wrote into process *
    techniques vm-write
    #: std.dynamic_code_loading | /bin/techniques has memory that is writable and executable
    techniques dynamic-code
    #: std.dynamic_code_loading | /bin/techniques has memory that is writable and executable
    #: std.unpacked_code | /bin/techniques closed memory in which it wrote code
    techniques unpacked-code
    #: std.stdio_replaced_by_socket | /bin/techniques replaces descriptor 0 by 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":0}
    #: std.stdio_replaced_by_socket | /bin/techniques replaces descriptor 1 by 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":1}
    #: std.stdio_replaced_by_socket | /bin/techniques replaces descriptor 2 by 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":2}
    techniques stdio-replaced
    #: std.stdio_over_socket | /bin/techniques connects descriptor 0 to 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":0}
    #: std.stdio_replaced_by_socket | /bin/techniques replaces descriptor 1 by 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":1}
    #: std.stdio_replaced_by_socket | /bin/techniques replaces descriptor 2 by 127.0.0.1 port 8934 | {"address":"127.0.0.1","port":8934,"descriptor":2}
    techniques stdio-over-socket
    #: std.hidden_executable | /bin/busybox wrote /tmp/.dropped
    dd if=/bin/busybox of=/tmp/.dropped bs=64k
    #: std.kernel_module_loading | /bin/busybox (parent sh) loaded dummy | {"module":"dummy","file":"/tmp/dummy.ko"}
    insmod /tmp/dummy.ko
    #: std.kernel_module_loading | /bin/busybox (parent sh) loaded llc | {"module":"llc","file":"/tmp/llc.ko"}
    insmod /tmp/llc.ko
    # Modules that really do it.
    #: std.kernel_module_loading | /bin/rootkit (parent sh) loaded hooks | {"module":"hooks","file":null}
    #: std.proc_hooking | /proc is read by * | {"functions":["proc_root_operations+184: llc_sap_open [llc]"]}
    #: std.syscall_hooking | lookup_dcookie goes to llc_sap_open of llc | {"syscall":"lookup_dcookie","function":"llc_sap_open","owner":"llc"}
    #: std.connection_list_hooking | connections are listed by * | {"functions":["tcp6_seq_ops_show: llc_sap_open [llc]"]}
    rootkit hook
    awaited std.proc_hooking std.syscall_hooking std.connection_list_hooking
    rmmod hooks
    #: std.kernel_module_loading | /bin/rootkit (parent sh) loaded hidden | {"module":"hidden","file":null}
    #: std.hidden_kernel_module | the module hidden is in no list of modules | {"module":"hidden"}
    rootkit hide
    awaited std.hidden_kernel_module
    # So that the twin runs on a sound kernel.
    #: std.kernel_module_loading | /bin/rootkit (parent sh) loaded shows | {"module":"shows","file":null}
    rootkit show
    rmmod shows
    rmmod hidden
    #: std.illegitimate_shell | nginx started /bin/busybox | {"server":"/bin/busybox","arguments":["sh","-c",":"]}
    /srv/nginx
    in_container attack_in_container
}

attack_in_container() {
    #: std.cgroup_notify_on_release | /bin/busybox opened /srv/notify_on_release
    : >/srv/notify_on_release
    #: std.cgroup_release_agent | /bin/busybox (container 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef)
    : >/srv/release_agent
    #: std.core_pattern_modification | /bin/busybox opened /proc/sys/kernel/core_pattern
    : >>/proc/sys/kernel/core_pattern
    #: std.sysrq_modification | /bin/busybox opened /proc/sysrq-trigger
    : >>/proc/sysrq-trigger
    #: std.kcore_read | /bin/busybox opened /proc/kcore
    : </proc/kcore
    #: std.sched_debug_reconnaissance | /bin/busybox opened *
    sched_debug
    #: std.disk_mount | /bin/busybox mounted /dev/none on /mnt | {"device":"/dev/none","directory":"/mnt","filesystem":"ext4"}
    mount -t ext4 /dev/none /mnt || :
    #: std.kubernetes_token_read | /bin/busybox opened /run/secrets/kubernetes.io/serviceaccount/token
    cat /run/secrets/kubernetes.io/serviceaccount/token
    #: std.kubernetes_api_connection | /bin/busybox connects to 10.96.0.1 port 443 | {"address":"10.96.0.1","port":443}
    nc -w 1 10.96.0.1 443 || :
    #: std.container_runtime_socket | /bin/techniques connected to /tmp/docker.sock
    techniques runtime-socket
    #: std.dropped_executable | /bin/busybox wrote /srv/dropped
    dd if=/bin/busybox of=/srv/dropped bs=64k
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
    techniques ptrace-look vm-read compiled-code other-over-socket local-stdio
    dd if=/bin/busybox of=/tmp/dropped bs=64k
    dd if=/tmp/visible of=/tmp/.script
    # It is there already, and this is none.
    insmod /tmp/dummy.ko || :
    insmod /bin/busybox || :
    # With modules that hook nothing, who lists modules, processes and connections.
    lsmod
    ps
    netstat -tln
    rmmod llc
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
    techniques other-socket
    dd if=/srv/nginx of=/srv/script
    # What is in memory only is looked at when it is started.
    dd if=/bin/busybox of=/dev/shm/program bs=64k
}

"$1" >/dev/null 2>&1
# Only who got here did all of it.
: >"/tmp/standard-rules.$1"
