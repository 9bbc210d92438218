#!/bin/sh
# What people and machines do all day, for all standard rules at once. Nothing of it is an attack: a line
# `#: N std.RULE | MESSAGE | WHY` names a rule that matches what follows it all the same, how often, and why that is
# harmless; docs/stdlib.md has those lines. For guests only.
set -e
# What dpkg calls is of Debian, too; the shell itself prefers what busybox has.
export PATH=/usr/bin:/usr/sbin:/bin

# A package with what services bring: a program, a job for cron, rights for its operators.
package() {
    mkdir -p /tmp/pkg/DEBIAN /tmp/pkg/usr/sbin /tmp/pkg/etc/cron.d /tmp/pkg/etc/sudoers.d /tmp/pkg/etc/init.d
    printf 'Package: meter\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@example.org>\nDescription: x\n' \
        >/tmp/pkg/DEBIAN/control
    printf '#!/bin/sh\nset -e\nmkdir -p /var/lib/meter\nmeter >/var/lib/meter/first\n' >/tmp/pkg/DEBIAN/postinst
    chmod 755 /tmp/pkg/DEBIAN/postinst
    cp /tmp/meter /tmp/pkg/usr/sbin/meter
    echo '0 3 * * * root meter' >/tmp/pkg/etc/cron.d/meter
    echo '%meter ALL=(root) /usr/sbin/meter' >/tmp/pkg/etc/sudoers.d/meter
    printf '#!/bin/sh\nexec meter\n' >/tmp/pkg/etc/init.d/meter
    /usr/bin/dpkg-deb --build /tmp/pkg /tmp/meter.deb
    mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers
    : >>/var/lib/dpkg/status
    #: 4 std.scheduled_task_modification | /usr/bin/dpkg (parent /bin/busybox) | A package brings a job for cron: dpkg makes the file under another name, opens it twice more and renames it
    #: 4 std.rc_modification | /usr/bin/dpkg (parent /bin/busybox) | The same of the script that starts its service
    #: 4 std.sudoers_modification | /usr/bin/dpkg (parent /bin/busybox) | The same of what its operators may do
    /usr/bin/dpkg --force-bad-path --install /tmp/meter.deb
}

# A program is made from its source, and run.
compile() {
    cat >/tmp/meter.s <<'SOURCE'
        .globl _start
_start: mov $1, %eax
        mov $1, %edi
        lea text(%rip), %rsi
        mov $3, %edx
        syscall
        mov $60, %eax
        xor %edi, %edi
        syscall
text:   .ascii "42\n"
SOURCE
    as -o /tmp/meter.o /tmp/meter.s
    ld -o /tmp/meter /tmp/meter.o
    [ "$(/tmp/meter)" = 42 ]
}

# What is unpacked is used where it lies.
unpack() {
    mkdir -p /tmp/tree /tmp/copy
    #: 1 std.kubernetes_certificate_theft | /bin/busybox (parent /bin/busybox) | A backup of /etc reads the key of a cluster
    find /etc /init /bin/busybox /examples | cpio -o -H newc >/tmp/files.cpio
    (cd /tmp/tree && cpio -id </tmp/files.cpio)
    /usr/bin/tar -czf /tmp/tree.tgz -C /tmp tree
    /usr/bin/tar -xzf /tmp/tree.tgz -C /tmp/copy
    /tmp/copy/tree/bin/busybox sha256sum /tmp/copy/tree/etc/passwd /etc/passwd
}

# Jobs as cron runs them: it looks, it rotates, it cleans up.
nightly() {
    mkdir -p /etc/cron.daily /var/log
    for name in look rotate clean; do
        printf '#!/bin/sh\nexec sh /busy.sh %s\n' "$name" >/tmp/"$name"
        chmod 755 /tmp/"$name"
    done
    for name in look rotate clean; do
        /tmp/"$name"
    done
}

look() {
    find / -xdev -type f -perm -4000
    find /proc/self/ /sys/class -maxdepth 2 -name 'stat*'
    ps
    df
    free
    mount
    netstat -tln
}

rotate() {
    seq 1 500 >/var/log/meter.log
    mv /var/log/meter.log /var/log/meter.log.1
    gzip /var/log/meter.log.1
    : >/var/log/meter.log
}

clean() {
    find /tmp -name '*.o' -exec rm {} +
    rm -rf /tmp/tree /tmp/copy /tmp/files.cpio /tmp/tree.tgz
}

# Somebody works at a shell.
work() {
    mkdir -p /root/.cache /root/project/.git
    cd /root/project
    for number in $(seq 1 40); do
        echo "line $number" >"file$number.txt"
    done
    grep -rn 'line 7' .
    sed -i 's/line/row/' ./*.txt
    sort file*.txt | uniq | wc -l
    awk '{ n += NF } END { print n }' ./*.txt
    diff file1.txt file2.txt || :
    #: 1 std.library_search_path | /bin/busybox (parent /bin/busybox) | A program is tried with libraries that were just made
    LD_LIBRARY_PATH=/root/project /bin/true
    #: 1 std.aslr_inspection | /bin/busybox opened /proc/sys/kernel/randomize_va_space | Somebody looks at all settings of the kernel
    sysctl -a || :
    sysctl -w vm.swappiness=10
    wget -q -O page http://127.0.0.1:1/ || :
    cd /
}

all() {
    compile
    package
    unpack
    nightly
    work
}

"${1:-all}" >>/out/busy.log 2>&1
[ -n "$1" ] || : >/tmp/busy.done
