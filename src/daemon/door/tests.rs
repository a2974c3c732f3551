use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::{get, post};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

struct Opened {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    answering: JoinHandle<()>,
}

async fn open(router: Router, config: &ServerConfig) -> Opened {
    let door = Door::bind("server.hooks", "127.0.0.1:0", router, config).await.unwrap();
    let address = door.address().unwrap();
    let stop = watch::Sender::new(false);
    let answering = tokio::spawn(door.answer(stop.subscribe()));
    Opened { address, stop, answering }
}

/// Sends bytes, and gives back all that comes until the other side closes.
async fn ask(address: SocketAddr, request: &str) -> String {
    let request = request.to_owned();
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        // The other side may close before all of it is sent or read.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = vec![];
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    });
    asking.await.unwrap()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_stop_waits_for_the_requests_in_work() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = move || async move {
        tell.notify_one();
        wait.notified().await;
        "done"
    };
    let opened = open(Router::new().route("/", get(slow)), &ServerConfig::default()).await;
    let address = opened.address;
    let asking = tokio::spawn(async move { ask(address, GET).await });
    begun.notified().await;
    opened.stop.send(true).unwrap();
    // The door is shut when nobody is let in any more, and the request still runs.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!opened.answering.is_finished());
    go_on.notify_one();
    assert!(asking.await.unwrap().ends_with("done"));
    opened.answering.await.unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_connection_that_asks_nothing() {
    let router = Router::new().route("/", get(|| async { "hello" }));
    let opened = open(router, &ServerConfig::default()).await;
    let address = opened.address;
    let idle = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert!(stream.read(&mut [0; 512]).unwrap() > 0);
        stream
    });
    let idle = idle.await.unwrap();
    opened.stop.send(true).unwrap();
    opened.answering.await.unwrap();
    drop(idle);
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let most = Arc::new(AtomicUsize::new(0));
    let now = Arc::new(AtomicUsize::new(0));
    let (seen, at_once) = (Arc::clone(&most), Arc::clone(&now));
    let counting = move || async move {
        let here = at_once.fetch_add(1, Ordering::SeqCst) + 1;
        seen.fetch_max(here, Ordering::SeqCst);
        tokio::task::yield_now().await;
        at_once.fetch_sub(1, Ordering::SeqCst);
        "ok"
    };
    let config = ServerConfig { connections_max: 2, ..ServerConfig::default() };
    let opened = open(Router::new().route("/", get(counting)), &config).await;
    let address = opened.address;
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        asking.spawn(async move { ask(address, GET).await });
    }
    while let Some(answer) = asking.join_next().await {
        assert!(answer.unwrap().ends_with("ok"));
    }
    assert!(most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn who_sends_half_a_request_is_let_go() {
    let echo = |body: axum::body::Bytes| async move { body };
    let config = ServerConfig { idle_seconds_max: 1, ..ServerConfig::default() };
    let opened = open(Router::new().route("/", post(echo)), &config).await;
    for half in [
        "POST / HTT",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Le",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
    ] {
        // Comes to an end at all: the other side closes.
        let answer = ask(opened.address, half).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{half:?}: {answer}");
    }
}

#[tokio::test]
async fn an_endless_head_is_refused() {
    let opened = open(Router::new(), &ServerConfig::default()).await;
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "a".repeat(4 * HEAD_BYTES_MAX));
    let answer = ask(opened.address, &head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}
