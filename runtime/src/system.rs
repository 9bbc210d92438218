//! What only Linux has of what replaying shares with tracing, and what stands in for it elsewhere: there are
//! no files with numbers there, nothing to wait for, and no place to spool to.

#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Socket, changed, connect, executable_of, file_key, inode, is_ready, named, path, read_exact_at,
    reopened, stdout, unnamed_file, write_all_at,
};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{
    Socket, changed, connect, executable_of, file_key, inode, is_ready, named, path, read_exact_at,
    reopened, stdout, unnamed_file, write_all_at,
};

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::fd::{AsFd as _, AsRawFd as _};
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use crate::process_tree::FileKey;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};

    /// A connection to a program on this machine.
    pub(crate) type Socket = std::os::unix::net::UnixStream;

    /// Connects to a socket in the file system, without waiting until the program that listens has time.
    pub(crate) fn connect(path: &Path) -> io::Result<Socket> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
        let socket = Socket::from(socket);
        socket.set_nonblocking(false)?;
        Ok(socket)
    }

    /// A file's number in its file system.
    pub(crate) fn inode(of: &Metadata) -> Option<u64> {
        Some(of.ino())
    }

    /// When a file was last changed, in nanoseconds since the epoch.
    pub(crate) fn changed(of: &Metadata) -> Option<u64> {
        let nanoseconds = u64::try_from(of.ctime_nsec()).ok()?;
        Some(u64::try_from(of.ctime()).ok()? * 1_000_000_000 + nanoseconds)
    }

    /// The file with its device, as the kernel numbers it for itself.
    pub(crate) fn file_key(of: &Metadata) -> Option<FileKey> {
        let dev = of.dev();
        Some(FileKey {
            dev: libc::major(dev) << 20 | libc::minor(dev),
            inode: of.ino(),
            ctime: changed(of)?,
        })
    }

    /// What a process (a host pid) runs: named, not opened for reading, so that its file system isn't asked.
    pub(crate) fn executable_of(pid: u32) -> io::Result<File> {
        named(format!("/proc/{pid}/exe").as_bytes())
    }

    /// A file, named and not opened for reading.
    pub(crate) fn named(path: &[u8]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_PATH);
        options.open(self::path(path))
    }

    /// A file that was named, opened for reading.
    pub(crate) fn reopened(named: &File) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_NONBLOCK);
        options.open(format!("/proc/self/fd/{}", named.as_raw_fd()))
    }

    /// A path of any bytes.
    pub(crate) fn path(bytes: &[u8]) -> PathBuf {
        OsStr::from_bytes(bytes).into()
    }

    /// Standard output as a file.
    pub(crate) fn stdout() -> io::Result<File> {
        Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
    }

    /// Whether a pipe or a terminal takes something, waiting at most so long for it.
    pub(crate) fn is_ready(file: &File, pause: Duration) -> io::Result<bool> {
        let pause = Timespec::try_from(pause).unwrap_or_default();
        let mut fds = [PollFd::new(file, PollFlags::OUT)];
        match poll(&mut fds, Some(&pause)) {
            // Ready, or wrong: then writing says how.
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A file that is gone when it is closed.
    pub(crate) fn unnamed_file(directory: &Path) -> io::Result<File> {
        tempfile::tempfile_in(directory)
    }

    /// Writes at a place, whatever others do with the file.
    pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }

    /// Reads at a place, whatever others do with the file.
    pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
        file.read_exact_at(bytes, at)
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use std::fs::{File, Metadata};
    use std::io::{self, ErrorKind};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use crate::process_tree::FileKey;

    pub(crate) type Socket = std::net::TcpStream;

    pub(crate) fn connect(_: &Path) -> io::Result<Socket> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn inode(_: &Metadata) -> Option<u64> {
        None
    }

    pub(crate) fn changed(_: &Metadata) -> Option<u64> {
        None
    }

    pub(crate) fn file_key(_: &Metadata) -> Option<FileKey> {
        None
    }

    pub(crate) fn executable_of(_: u32) -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn named(_: &[u8]) -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn reopened(_: &File) -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn path(bytes: &[u8]) -> PathBuf {
        String::from_utf8_lossy(bytes).into_owned().into()
    }

    pub(crate) fn stdout() -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn is_ready(_: &File, _: Duration) -> io::Result<bool> {
        Ok(true)
    }

    pub(crate) fn unnamed_file(_: &Path) -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn write_all_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn read_exact_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}
