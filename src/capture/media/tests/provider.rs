//! A stand-in for the provider: HTTP/1.1 on a port of its own, one request a
//! connection, answers as the test composes them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) authorization: String,
}

/// What to answer.
pub(super) struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
    /// More than the body has, where the connection is to break.
    length: usize,
}

/// Answers until the test ends.
pub(super) struct Provider {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Answer {
    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self { status: 200, location: None, body: bytes.to_vec(), length: bytes.len() }
    }

    pub(super) fn text(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }

    pub(super) fn status(status: u16) -> Self {
        Self { status, ..Self::bytes(b"") }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self { location: Some(to.to_owned()), ..Self::status(302) }
    }

    /// A body that ends before its length.
    pub(super) fn cut_short(bytes: &[u8]) -> Self {
        Self { length: bytes.len() + 1, ..Self::bytes(bytes) }
    }

    /// The answer to a look-up. A path is completed with the provider's own address.
    pub(super) fn link(to: &str, size: Option<usize>) -> Self {
        Self::text(&serde_json::json!({ "url": to, "file_size": size }).to_string())
    }
}

impl Provider {
    /// `answer` is given a request's path and how many of that path came before.
    pub(super) fn start(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(vec![]));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut counts = BTreeMap::<String, usize>::new();
            for connection in listener.incoming() {
                // The other side may hang up whenever it likes.
                let Some((mut connection, request)) = connection.ok().and_then(read) else {
                    continue;
                };
                let path = request.path.clone();
                seen.lock().unwrap().push(request);
                let number = counts.entry(path.clone()).or_default();
                let answered = write(&mut connection, address, answer(&path, *number));
                *number += 1;
                drop(answered);
            }
        });
        Self { address, requests }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(connection: TcpStream) -> Option<(TcpStream, Request)> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut authorization = String::new();
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = value.to_owned();
        }
    }
    Some((connection, Request { path, authorization }))
}

fn write(connection: &mut TcpStream, own: SocketAddr, answer: Answer) -> std::io::Result<()> {
    let own_link = format!("\"http://{own}/media/1\"");
    let body = match String::from_utf8(answer.body.clone()) {
        Ok(text) => text.replace("\"/media/1\"", &own_link).into_bytes(),
        Err(_) => answer.body.clone(),
    };
    let length = answer.length + body.len() - answer.body.len();
    let location = answer.location.map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
    let status = answer.status;
    let head = format!(
        "HTTP/1.1 {status} Said\r\n{location}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(&body)
}
