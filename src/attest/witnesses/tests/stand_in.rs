//! A stand-in for a witness: HTTP/1.1 on a port of its own, one request a
//! connection, answers as the test composes them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tlog::TreeSize;

/// What to answer.
pub(crate) struct Said {
    status: u16,
    mime: &'static str,
    body: String,
}

/// Answers until the test ends.
pub(crate) struct StandIn {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Said {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self { status, mime: "text/plain", body: body.to_owned() }
    }

    pub(crate) fn size(size: TreeSize) -> Self {
        Self { status: 409, mime: "text/x.tlog.size", body: format!("{size}\n") }
    }

    pub(crate) fn of_type(self, mime: &'static str) -> Self {
        Self { mime, ..self }
    }
}

impl StandIn {
    /// `answer` is given a request's body and how many came before.
    pub(crate) fn answering(answer: impl Fn(&[u8], usize) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                // The other side may hang up whenever it likes.
                let Some((connection, body)) = connection.ok().and_then(read) else { continue };
                let said = answer(&body, counted.fetch_add(1, Ordering::SeqCst));
                drop(write(connection, &said));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn read(connection: TcpStream) -> Option<(TcpStream, Vec<u8>)> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    assert!(first.starts_with("POST /add-checkpoint HTTP/1.1"), "{first}");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((connection, body))
}

fn write(mut connection: TcpStream, said: &Said) -> std::io::Result<()> {
    let Said { status, mime, body } = said;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\
         Location: /elsewhere\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body.as_bytes())
}
