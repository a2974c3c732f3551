//! From a thread that writes to a connection that sends: a few pieces wait in between,
//! never more, so that a slow reader makes the writer wait and not the memory grow.

use std::io::{self, ErrorKind, Write};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Bytes of a piece.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces that wait to be sent.
const PIECES_MAX: usize = 8;

/// How long nobody may take a piece: then they are taken to be gone.
const STALL_SECONDS_MAX: u64 = 60;

type Sent = Result<Vec<u8>, io::Error>;

/// The end that is written to, from a thread that may wait.
#[derive(Debug)]
pub(super) struct Outlet {
    send: mpsc::Sender<Sent>,
    runtime: Handle,
    piece: Vec<u8>,
}

/// The end that is read from.
#[derive(Debug)]
pub(super) struct Inlet(mpsc::Receiver<Sent>);

/// Both ends.
pub(super) fn pipe() -> (Outlet, Inlet) {
    let (send, receive) = mpsc::channel(PIECES_MAX);
    (Outlet { send, runtime: Handle::current(), piece: vec![] }, Inlet(receive))
}

impl Outlet {
    /// Says that what was written is not all, and never will be.
    pub(super) fn break_off(send: &mpsc::Sender<Sent>, runtime: &Handle) {
        let broken = io::Error::other("the package was broken off");
        // Who does not take it sees the end of the connection.
        let _ = put(send, runtime, Err(broken));
    }

    /// What [`Outlet::break_off`] takes.
    pub(super) fn line(&self) -> (mpsc::Sender<Sent>, Handle) {
        (self.send.clone(), self.runtime.clone())
    }

    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        put(&self.send, &self.runtime, Ok(std::mem::take(&mut self.piece)))
    }
}

fn put(send: &mpsc::Sender<Sent>, runtime: &Handle, what: Sent) -> io::Result<()> {
    let stall = Duration::from_secs(STALL_SECONDS_MAX);
    let sending = async { tokio::time::timeout(stall, send.send(what)).await };
    match runtime.block_on(sending) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(io::Error::new(ErrorKind::BrokenPipe, "nobody reads any more")),
        Err(_) => Err(io::Error::new(ErrorKind::TimedOut, "nobody takes what is sent")),
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE_BYTES.saturating_sub(self.piece.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
        self.piece.extend_from_slice(taken);
        if self.piece.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl Inlet {
    /// The next piece, when there is one.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Sent>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(inlet: &mut Inlet) -> Option<Sent> {
        std::future::poll_fn(|context| inlet.poll(context)).await
    }

    #[tokio::test]
    async fn what_is_written_arrives_in_pieces_and_what_is_broken_off_says_so() {
        let (mut outlet, mut inlet) = pipe();
        let writing = tokio::task::spawn_blocking(move || {
            let (send, runtime) = outlet.line();
            // More than fits in between: it waits for the reader.
            outlet.write_all(&vec![7; PIECE_BYTES * (PIECES_MAX + 3) + 5]).unwrap();
            outlet.flush().unwrap();
            Outlet::break_off(&send, &runtime);
        });
        let mut bytes = 0;
        loop {
            match next(&mut inlet).await {
                Some(Ok(piece)) => {
                    assert!(piece.len() <= PIECE_BYTES);
                    bytes += piece.len();
                }
                Some(Err(_)) => break,
                None => panic!("it ended as though it were whole"),
            }
        }
        writing.await.unwrap();
        assert_eq!(bytes, PIECE_BYTES * (PIECES_MAX + 3) + 5);
        assert!(next(&mut inlet).await.is_none());
    }

    #[tokio::test]
    async fn the_writer_ends_when_nobody_reads() {
        let (mut outlet, inlet) = pipe();
        drop(inlet);
        let writing = tokio::task::spawn_blocking(move || outlet.write_all(&vec![7; PIECE_BYTES]));
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
