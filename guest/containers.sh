# Containers of containerd and runc, watched by tracee: what xtask/src/vm/containers.rs checks. tracee is told where
# to ask for names by a link, which here leads to containerd, nowhere, or to a socket that never answers.
set -e
socket=/run/containerd/containerd.sock
own=/run/own/containerd.sock
image=docker.io/library/box:1
# Like those of Docker and Kubernetes; the others are names.
long=a0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e9f

box() { # ID WORDS…: a container that runs a shell
    id=$1
    shift
    ctr -a $own run --rm --no-pivot --snapshotter native $image "$id" /bin/sh -c "$*"
}

# An image of nothing but busybox, as `docker save` writes them.
make_image() {
    mkdir -p /tmp/image/root/bin
    cp /bin/busybox /tmp/image/root/bin/busybox
    for name in sh echo sleep; do
        ln -s busybox /tmp/image/root/bin/$name
    done
    cd /tmp/image
    tar -C root -cf layer.tar .
    diff=$(sha256sum layer.tar | cut -d' ' -f1)
    cat >config.json <<CONFIG
{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]},
"rootfs":{"type":"layers","diff_ids":["sha256:$diff"]}}
CONFIG
    echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"$image\"],\"Layers\":[\"layer.tar\"]}]" >manifest.json
    tar -cf ../image.tar config.json manifest.json layer.tar
    cd /
}

if [ "$1" = watched ]; then
    # It is known to nobody when it is asked for: a thing of 50 ms at most, where a processor is not emulated.
    box short 'exec /bin/echo short'
    box $long '/bin/echo first; sleep 1; exec /bin/echo second'
    rm $socket
    box gone 'exec /bin/echo gone'
    silent-socket $socket &
    silent=$!
    until [ -S $socket ]; do sleep 0.1; done
    box silent 'exec /bin/echo silent'
    box still 'exec /bin/echo still'
    kill $silent
    rm $socket
    ln -s $own $socket
    box again '/bin/echo early; sleep 4; exec /bin/echo late'
    exit
fi

mkdir -p /run/containerd /run/own /var/lib/containerd /etc/containerd /opt
cat >/etc/containerd/config.toml <<CONFIG
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.overlayfs", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "$own"
CONFIG
echo "--- containerd"
containerd >/out/containerd.log 2>&1 &
until ctr -a $own version >/dev/null 2>&1; do sleep 0.5; done
ln -s $own $socket
make_image
ctr -a $own image import --snapshotter native /tmp/image.tar
# It is there when tracing begins.
ctr -a $own run -d --no-pivot --snapshotter native $image there /bin/sh -c 'while ! [ -e /go ]; do sleep 0.5; done; /bin/echo there; sleep 1000'

cat >/tmp/containers.tp <<POLICY
policy containers {
  select sched_process_exec where container.started and pathname == "/bin/busybox";
  select existing_container, container_create, container_remove;

  rule by_image {
    title "What runs of an image";
    severity low;
    on sched_process_exec where container.image == "$image" and container.name exists and "/bin/echo" in argv;
    message "{container.name} {container.id} {argv}";
  }
}
POLICY
echo "--- tracee"
tracee run /tmp/containers.tp --output json:file:/out/containers.json --record /out/containers.trec \
    --summary-json /out/containers.summary.json >/out/tracee.log 2>&1 &
tracee=$!
until grep -qs there /out/containers.json; do sleep 0.2; done
ctr -a $own task exec --exec-id go there /bin/sh -c ': >/go'
sh /containers.sh watched
kill -INT $tracee
wait $tracee
tracee run /tmp/containers.tp --replay /out/containers.trec --output json:file:/out/containers-replayed.json
cat /out/tracee.log
