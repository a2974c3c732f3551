//! One listener: takes connections in, within limits, and lets them go at a stop.
//!
//! A connection has its place before it is accepted: when all places are taken,
//! the others wait in the system's queue. Who sends nothing for a while is let
//! go, be it before a request, in the middle of its headers or of its body.
//! HTTP/1.1 only: whoever speaks TLS and HTTP/2 to the world stands in front.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::config::ServerConfig;

/// Most bytes of a request's line and headers.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How long nothing is accepted after the system refused a connection, most
/// likely for want of file descriptors.
const ACCEPT_PAUSE_MS: u64 = 100;

/// A listener with what answers behind it.
#[derive(Debug)]
pub(crate) struct Door {
    name: &'static str,
    listener: TcpListener,
    router: Router,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    connections_max: usize,
    idle: Duration,
}

impl Door {
    /// Binds an address; nothing is accepted yet. `name` is where the address was
    /// chosen, for the message when it cannot be had.
    pub(crate) async fn bind(
        name: &'static str,
        address: &str,
        router: Router,
        config: &ServerConfig,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!(
                "could not listen on {address}; choose another {name}, or stop what listens there \
                 already"
            )
        })?;
        let idle = Duration::from_secs(config.idle_seconds_max);
        let router = router.layer(RequestBodyTimeoutLayer::new(idle));
        let limits = Limits { connections_max: config.connections_max, idle };
        Ok(Self { name, listener, router, limits })
    }

    /// Where it listens: the port is the system's choice when 0 was asked for.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        self.listener.local_addr().context("the system does not tell where it listens")
    }

    /// Answers until `stop` turns true, then waits for the requests in work.
    /// Dropping the future drops them.
    pub(crate) async fn answer(self, mut stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.limits.connections_max));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stopped(&mut stop) => break,
                accepted = accept(&self.listener, &places) => accepted,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            };
            match accepted {
                Ok((stream, place)) => {
                    let router = self.router.clone();
                    connections.spawn(converse(stream, router, self.limits, stop.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(door = self.name, %error, "connection not accepted");
                    tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                }
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
        tracing::debug!(door = self.name, "door closed");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes the semaphore");
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

/// Answers one connection's requests, one after the other.
async fn converse(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let service = router.map_request(|request: Request<Incoming>| request.map(Body::new));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection broken off");
    }
}

/// Resolves when the stop was asked for, or nobody is left who could.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests;
