#!/bin/dash
# What people and machines do all day, for all standard rules at once. Nothing of it is an attack: a line
# `#: N std.RULE | MESSAGE | WHY` names a rule that matches what follows it all the same, how often, and why that is
# harmless; docs/stdlib.md has those lines. For guests only: it changes the system's shell, and more.
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive

# A program is made from its source, and run.
compile() {
    mkdir -p /tmp/build
    gcc -Wall -c -o /tmp/build/meter.o /meter.c
    gcc -o /tmp/build/meter /tmp/build/meter.o
    [ "$(/tmp/build/meter)" = 42 ]
}

# A package with what services bring: a program, a job for cron, rights for its operators.
package() {
    mkdir -p /tmp/pkg/DEBIAN /tmp/pkg/usr/sbin /tmp/pkg/etc/cron.d /tmp/pkg/etc/sudoers.d /tmp/pkg/etc/init.d
    printf 'Package: meter\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@example.org>\nDepends: cron, sudo\nDescription: x\n' \
        >/tmp/pkg/DEBIAN/control
    printf '#!/bin/sh\nset -e\nmkdir -p /var/lib/meter\nmeter >/var/lib/meter/first\nupdate-rc.d meter defaults\n' \
        >/tmp/pkg/DEBIAN/postinst
    chmod 755 /tmp/pkg/DEBIAN/postinst
    cp /tmp/build/meter /tmp/pkg/usr/sbin/meter
    echo '0 3 * * * root meter' >/tmp/pkg/etc/cron.d/meter
    echo '%meter ALL=(root) /usr/sbin/meter' >/tmp/pkg/etc/sudoers.d/meter
    printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: meter\n# Default-Start: 2 3 4 5\n# Default-Stop:\n### END INIT INFO\nexec meter\n' \
        >/tmp/pkg/etc/init.d/meter
    chmod 755 /tmp/pkg/etc/init.d/meter
    mkdir -p /srv/packages
    dpkg-deb --build /tmp/pkg /srv/packages/meter_1_amd64.deb
}

# A folder that apt takes packages from.
repository() {
    cp /packages/*.deb /srv/packages
    cd /srv/packages
    for file in *.deb; do
        dpkg-deb --field "$file"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" \
            "$(sha256sum "$file" | cut -d ' ' -f 1)"
    done >Packages
    cd /
}

# Of what is in this guest without apt having put it there, apt needs to know.
there() { # NAME VERSION
    printf 'Package: %s\nStatus: install ok installed\nVersion: %s\nArchitecture: amd64\nMulti-Arch: same\n' "$1" "$2"
    printf 'Maintainer: a <a@example.org>\nDescription: x\n\n'
    : >"/var/lib/dpkg/info/$1:amd64.list"
}

system() {
    # Scripts of packages are for Debian's shell, not for busybox's.
    ln -sf dash /bin/sh
    mkdir -p /etc/apt/apt.conf.d /etc/apt/preferences.d /var/cache/apt/archives/partial /var/lib/apt/lists/partial \
        /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /var/log/apt
    echo 'deb [trusted=yes] file:/srv/packages ./' >/etc/apt/sources.list
    printf 'APT::Sandbox::User "root";\nAPT::Install-Recommends "no";\n' >/etc/apt/apt.conf
    for name in init-system-helpers libaudit1 libgcc-s1 libpam-modules libpam-runtime libpam0g libselinux1 passwd \
        sensible-utils zlib1g; do
        there "$name" 9:9
    done >/var/lib/dpkg/status
    there libc6 2.35-1 >>/var/lib/dpkg/status
    # Nothing is to be started: as in every image of a container.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
}

# Real packages of Debian with their scripts, and one that was just built.
install() {
    apt-get update
    #: 2 std.scheduled_task_modification | /usr/bin/dpkg (parent /usr/bin/apt-get) | Packages bring a job for cron, and cron its table: the rule is for everybody who makes one
    #: 3 std.rc_modification | /usr/bin/dpkg (parent /usr/bin/apt-get) | Each of the three brings the script that starts its service
    #: 3 std.rc_modification | /usr/bin/perl (parent /bin/dash) | What each of them runs when it is installed says by update-rc.d that this is to start at boot
    #: 3 std.sudoers_modification | /usr/bin/dpkg (parent /usr/bin/apt-get) | A package brings what its operators may do, and sudo what holds at first
    apt-get install --assume-yes meter
    [ "$(cat /var/lib/meter/first)" = 42 ]
    getent group crontab
    [ -e /etc/rc3.d/S01cron ]
}

upgrade() {
    #: 2 std.default_loader_modification | /usr/bin/dpkg (parent /usr/bin/apt-get) | A new C library brings a new loader, and the link to it
    apt-get upgrade --assume-yes
    dpkg-query --show --showformat '${Version}' libc6 | grep -v '^2.35'
}

# What is unpacked is used where it lies.
unpack() {
    mkdir -p /tmp/tree /tmp/copy
    #: 1 std.kubernetes_certificate_theft | /bin/busybox (parent /bin/dash) | A backup of /etc reads the key of a cluster
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
        printf '#!/bin/sh\nexec dash /busy.sh %s\n' "$name" >/tmp/"$name"
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
    #: 1 std.library_search_path | /bin/busybox (parent /bin/dash) | A program is tried with libraries that were just made
    LD_LIBRARY_PATH=/root/project /bin/true
    #: 1 std.aslr_inspection | /bin/busybox opened /proc/sys/kernel/randomize_va_space | Somebody looks at all settings of the kernel
    sysctl -a || :
    sysctl -w vm.swappiness=10
    wget -q -O page http://127.0.0.1:1/ || :
    cd /
}

all() {
    system
    compile
    package
    repository
    install
    upgrade
    unpack
    nightly
    work
    ln -sf busybox /bin/sh
}

"${1:-all}" >>/out/busy.log 2>&1
[ -n "$1" ] || : >/tmp/busy.done
