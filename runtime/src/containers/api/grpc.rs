//! One call of gRPC: a request, a response, and the connection is done with. Of HTTP/2 (RFC 9113) that needs
//! frames, and headers only in the direction in which they can be written without compression (RFC 7541): what
//! the response's headers say is not read, as a call that failed has no message.

use std::io::{self, Error, ErrorKind, Read, Write};

/// What a client says first, RFC 9113 section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The longest response that is read, and so much the server may send at once.
const MAX_RESPONSE: usize = 4 << 20;
/// Frames are no longer unless one asks for it.
const MAX_FRAME: usize = 16 << 10;
/// The client's first stream; there is no other.
const STREAM: u32 = 1;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

const SETTINGS_INITIAL_WINDOW_SIZE: u16 = 4;

/// The response's message to a request's to `/SERVICE/METHOD`, with these headers besides.
///
/// # Errors
/// What the connection had, or that there was no message: the server's reason is not read.
pub(super) fn call(
    connection: &mut (impl Read + Write),
    path: &str,
    headers: &[(&str, &str)],
    request: &[u8],
) -> io::Result<Vec<u8>> {
    let mut out = PREFACE.to_vec();
    let window = u32::try_from(MAX_RESPONSE).unwrap_or(u32::MAX);
    let mut settings = SETTINGS_INITIAL_WINDOW_SIZE.to_be_bytes().to_vec();
    settings.extend(window.to_be_bytes());
    frame(&mut out, SETTINGS, 0, 0, &settings);
    frame(&mut out, WINDOW_UPDATE, 0, 0, &window.to_be_bytes());
    let mut block = vec![0x83, 0x86]; // `:method: POST` and `:scheme: http` of the static table
    field(&mut block, ":path", path);
    field(&mut block, ":authority", "localhost");
    field(&mut block, "content-type", "application/grpc");
    field(&mut block, "te", "trailers");
    for (name, value) in headers {
        field(&mut block, name, value);
    }
    // One byte says that it is not compressed, four how long it is.
    let length = u32::try_from(request.len()).map_err(|_| wrong("the request is too long"))?;
    let mut message = vec![0];
    message.extend(length.to_be_bytes());
    message.extend(request);
    if block.len() > MAX_FRAME || message.len() > MAX_FRAME {
        return Err(wrong("the request is too long"));
    }
    frame(&mut out, HEADERS, END_HEADERS, STREAM, &block);
    frame(&mut out, DATA, END_STREAM, STREAM, &message);
    connection.write_all(&out)?;
    message_of(&response(connection)?)
}

/// The bytes of the response's body.
fn response(connection: &mut (impl Read + Write)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut head = [0; 9];
        connection.read_exact(&mut head)?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if length > MAX_FRAME {
            return Err(wrong("a frame is longer than was allowed"));
        }
        let mut payload = vec![0; length];
        connection.read_exact(&mut payload)?;
        let is_ours = u32::from_be_bytes(stream) & (u32::MAX >> 1) == STREAM;
        match kind {
            DATA if is_ours => {
                body.extend_from_slice(unpadded(&payload, flags)?);
                if body.len() > MAX_RESPONSE {
                    return Err(wrong("the response is too long"));
                }
                if flags & END_STREAM != 0 {
                    return Ok(body);
                }
            }
            HEADERS if is_ours && flags & END_STREAM != 0 => return Ok(body),
            RST_STREAM if is_ours => return Err(wrong("the server ended the call")),
            GOAWAY => return Err(wrong("the server ended the connection")),
            SETTINGS | PING if flags & ACK == 0 => {
                let content = if kind == PING { &payload[..] } else { &[] };
                let mut out = Vec::new();
                frame(&mut out, kind, ACK, 0, content);
                // Who has answered may be gone already.
                let _ = connection.write_all(&out);
            }
            _ => {}
        }
    }
}

fn unpadded(payload: &[u8], flags: u8) -> io::Result<&[u8]> {
    if flags & PADDED == 0 {
        return Ok(payload);
    }
    let content = payload.split_first().and_then(|(&padding, rest)| {
        let end = rest.len().checked_sub(padding.into())?;
        rest.get(..end)
    });
    content.ok_or_else(|| wrong("a frame is padded with more than it has"))
}

/// The only message of a body.
fn message_of(body: &[u8]) -> io::Result<Vec<u8>> {
    let Some((&[compressed, a, b, c, d], rest)) = body.split_first_chunk::<5>() else {
        return Err(wrong("the response has no message"));
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    match rest.get(..length) {
        Some(message) if compressed == 0 => Ok(message.to_vec()),
        Some(_) => Err(wrong("the response is compressed")),
        None => Err(wrong("the response ends within its message")),
    }
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.extend(&length.to_be_bytes()[1..]);
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend(payload);
}

/// A header that nobody need remember, with its name: RFC 7541 section 6.2.2.
fn field(block: &mut Vec<u8>, name: &str, value: &str) {
    block.push(0);
    for text in [name, value] {
        length_of(block, text.len());
        block.extend(text.as_bytes());
    }
}

/// A number of which seven bits are in the first byte: RFC 7541 section 5.1.
fn length_of(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(0x7f) else {
        block.push(length as u8);
        return;
    };
    block.push(0x7f);
    while rest >= 0x80 {
        block.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    block.push(rest as u8);
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server says, and what it was told.
    struct Said {
        answer: io::Cursor<Vec<u8>>,
        told: Vec<u8>,
    }

    impl Read for Said {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.answer.read(into)
        }
    }

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.told.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Kind, flags, stream, payload.
    type Frame<'a> = (u8, u8, u32, &'a [u8]);

    fn asked(frames: &[Frame<'_>]) -> (io::Result<Vec<u8>>, Vec<u8>) {
        let mut answer = Vec::new();
        for &(kind, flags, stream, payload) in frames {
            frame(&mut answer, kind, flags, stream, payload);
        }
        let mut said = Said {
            answer: io::Cursor::new(answer),
            told: Vec::new(),
        };
        let answered = call(&mut said, "/S/M", &[], b"abc");
        (answered, said.told)
    }

    #[test]
    fn a_message_comes_in_parts_between_other_frames() {
        let (answer, told) = asked(&[
            (SETTINGS, 0, 0, &[]),
            (HEADERS, END_HEADERS, 1, b"not read"),
            (DATA, PADDED, 1, b"\x02\0\0\0\0\x05hexx"),
            (PING, 0, 0, b"12345678"),
            (DATA, 0, 3, b"another's"),
            (DATA, 0, 1, b"llo"),
            (HEADERS, END_HEADERS | END_STREAM, 1, b""),
        ]);
        assert_eq!(answer.unwrap(), b"hello");
        assert!(told.starts_with(PREFACE));
        assert!(told.windows(8).any(|part| part == b"\0\0\0\0\x03abc"));
        assert!(told.ends_with(b"\0\0\x08\x06\x01\0\0\0\x0012345678"));
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let cases: [&[Frame<'_>]; 7] = [
            &[(HEADERS, END_HEADERS | END_STREAM, 1, b"")],
            &[(RST_STREAM, 0, 1, b"\0\0\0\x02")],
            &[(GOAWAY, 0, 0, b"")],
            &[(DATA, END_STREAM, 1, b"\0\0\0\0\x05hell")],
            &[(DATA, END_STREAM, 1, b"\x01\0\0\0\x01h")],
            &[(DATA, END_STREAM | PADDED, 1, b"\x09h")],
            &[(DATA, 0, 1, b"\0\0\0")],
        ];
        for frames in cases {
            assert!(asked(frames).0.is_err(), "{frames:?}");
        }
        let long = vec![0; MAX_FRAME + 1];
        assert!(asked(&[(DATA, END_STREAM, 1, &long)]).0.is_err());
        let full = vec![0; MAX_FRAME];
        let endless = vec![(DATA, 0, 1, &full[..]); MAX_RESPONSE / MAX_FRAME + 1];
        assert!(asked(&endless).0.is_err());
    }

    #[test]
    fn long_headers_have_their_length_in_several_bytes() {
        let mut block = Vec::new();
        length_of(&mut block, 0x7e);
        length_of(&mut block, 0x7f);
        length_of(&mut block, 1337 + 0x7f - 0x1f);
        assert_eq!(block, [0x7e, 0x7f, 0, 0x7f, 0x9a, 0x0a]);
    }
}
