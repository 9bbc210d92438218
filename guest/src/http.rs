//! Just enough HTTP to download one file from the loopback.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;

/// Serves `body` to one client on `port` of the loopback, and downloads it to `file` with wget as
/// an intruder would, or with a client of our own where there is no wget.
///
/// # Errors
/// When the port is taken or the download fails.
pub fn download(port: u16, name: &str, body: &'static str, file: &Path) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let server = thread::spawn(move || serve_once(&listener, body));
    let url = format!("http://127.0.0.1:{port}/{name}");
    match Command::new("wget")
        .args(["-q", "-O"])
        .arg(file)
        .arg(url)
        .status()
    {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(io::Error::other(format!("wget: {status}"))),
        Err(err) if err.kind() == io::ErrorKind::NotFound => fetch(port, name, file)?,
        Err(err) => return Err(err),
    }
    server
        .join()
        .map_err(|_| io::Error::other("the server's thread panicked"))?
}

fn serve_once(listener: &TcpListener, body: &str) -> io::Result<()> {
    let (mut client, _) = listener.accept()?;
    for line in BufReader::new(&client).lines() {
        if line?.is_empty() {
            break;
        }
    }
    write!(
        client,
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn fetch(port: u16, name: &str, file: &Path) -> io::Result<()> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    write!(server, "GET /{name} HTTP/1.0\r\n\r\n")?;
    let mut response = String::new();
    server.read_to_string(&mut response)?;
    let (_, body) = response
        .split_once("\r\n\r\n")
        .ok_or_else(|| io::Error::other("the response has no body"))?;
    std::fs::write(file, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_wget_downloads_too() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || serve_once(&listener, "#!/bin/sh\n"));
        let file = std::env::temp_dir().join(format!("tracee-guest-{}", std::process::id()));
        fetch(port, "x.sh", &file).unwrap();
        server.join().unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "#!/bin/sh\n");
        std::fs::remove_file(file).unwrap();
    }
}
