"""Debian hosts in namespaces: systemd as their first process, a real sshd, a disk of their own.

All of them live below one process, in namespaces that nobody outside sees; they end with it.
"""

import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
IMAGE = CACHE / "ringlog-tests" / "ansible-root.tar"
PACKAGES = (
    "ca-certificates,systemd,systemd-sysv,dbus,openssh-server,python3,python3-apt,iproute2,procps,"
    "prometheus,curl,e2fsprogs,util-linux"
)
BRIDGE = "10.77.0.1"
DISK_MIB = 3072


def call(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, **more)


def image():
    """The file system of a host, made once."""
    if not IMAGE.exists():
        IMAGE.parent.mkdir(parents=True, exist_ok=True)
        unfinished = IMAGE.with_name("ansible-root.unfinished.tar")
        call("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "bookworm",
             unfinished)
        unfinished.rename(IMAGE)
    return IMAGE


def bridge():
    call("ip", "link", "set", "lo", "up")
    call("ip", "link", "add", "br0", "type", "bridge")
    call("ip", "address", "add", f"{BRIDGE}/24", "dev", "br0")
    call("ip", "link", "set", "br0", "up")


class Host:
    """A host that is booted, and reached by SSH as root with the key of `folder`."""

    def __init__(self, folder, base, number):
        self.name = f"broker-{number}"
        self.address = f"10.77.0.{10 + number}"
        self.folder = folder / self.name
        self.root = self.folder / "root"
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        layers = f"lowerdir={base},upperdir={self.folder}/upper,workdir={self.folder}/work"
        call("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        self._trust(folder)
        self.disk = self._disk()
        self.process = self._boot(number)

    def _trust(self, folder):
        keys = self.root / "root" / ".ssh"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / "authorized_keys").write_text((folder / "key.pub").read_text())
        for key in (self.root / "etc/ssh").glob("ssh_host_ed25519_key.pub"):
            kind, value = key.read_text().split()[:2]
            with open(folder / "known_hosts", "a") as known:
                known.write(f"{self.address} {kind} {value}\n")
        # What would wait for hardware or a network that a namespace has not.
        for unit in ("systemd-networkd-wait-online", "e2scrub_reap", "prometheus"):
            link = self.root / f"etc/systemd/system/multi-user.target.wants/{unit}.service"
            link.unlink(missing_ok=True)

    def _disk(self):
        image = self.folder / "disk.img"
        with open(image, "wb") as file:
            file.truncate(DISK_MIB << 20)
        call("mkfs.ext4", "-q", image)
        found = call("losetup", "--find", "--show", image, capture_output=True, text=True)
        return found.stdout.strip()

    def _boot(self, number):
        uplink, peer = f"up{number}", f"peer{number}"
        call("ip", "link", "add", uplink, "type", "veth", "peer", "name", peer)
        call("ip", "link", "set", peer, "master", "br0", "up")
        log = open(self.folder / "console.log", "wb")
        words = [HERE / "host", self.root, self.name, uplink, self.address, self.disk]
        process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL)
        own = os.readlink("/proc/self/ns/net")
        for _ in range(100):
            if os.readlink(f"/proc/{process.pid}/ns/net") != own:
                break
            time.sleep(0.05)
        call("ip", "link", "set", uplink, "netns", process.pid)
        return process

    def ssh(self, command, check=True):
        folder = self.folder.parent
        words = ["ssh", "-i", folder / "key", "-o", f"UserKnownHostsFile={folder}/known_hosts",
                 "-o", "ConnectTimeout=5", "-o", "BatchMode=yes", f"root@{self.address}", command]
        return subprocess.run([str(word) for word in words], check=check, capture_output=True,
                              text=True)

    def wait(self):
        for _ in range(120):
            if self.process.poll() is not None:
                break
            if self.ssh("true", check=False).returncode == 0:
                return
            time.sleep(0.5)
        raise SystemExit(f"{self.name} does not boot: {(self.folder / 'console.log').read_text()}")

    def uuid(self):
        found = call("blkid", "--output", "value", "--match-tag", "UUID", self.disk,
                     capture_output=True, text=True)
        return found.stdout.strip()

    def close(self):
        """Loop devices outlive namespaces."""
        self.process.kill()
        self.process.wait()
        subprocess.run(["umount", "--lazy", self.root], check=False)
        subprocess.run(["losetup", "--detach", self.disk], check=False)
