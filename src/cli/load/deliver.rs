//! `muniment load deliver`: signed webhooks over HTTP until their durable 200.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::bail;
use ring::hmac;
use serde::Serialize;

use super::daemon::{APP_SECRET, Daemon};
use super::scratch::Scratch;
use super::synced::Synced;
use super::waits::{Percentiles, Waits};
use crate::cli::{Exit, Printer, Setting};

/// Customers who write.
const CUSTOMERS: u64 = 1000;

/// Deliver signed webhooks to a daemon of its own, each the next when it was answered.
///
/// The daemon and this generator share the machine: both are in the figures.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many deliveries a round.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    deliveries: u64,
    /// A round for each number of connections.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,16,64,256")]
    connections: Vec<u16>,
    /// Make the scratch archive here and leave it; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print the figures as JSON, a line a round.
    #[arg(long)]
    json: bool,
}

/// What was measured in a round.
#[derive(Clone, Copy, Debug, Serialize)]
struct Figures {
    connections: u16,
    deliveries_per_second: f64,
    waits: Percentiles,
    synced: Synced,
    daemon_mib: u64,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let scratch = Scratch::make(args.dir.as_deref(), setting)?;
    let daemon = Daemon::start(&scratch)?;
    let mut exit = Exit::Fine;
    for (round, connections) in (0_u64..).zip(&args.connections) {
        let figures = measure(&daemon, &scratch, round, args.deliveries, *connections)?;
        if args.json {
            printer.line(serde_json::to_string(&figures)?)?;
        } else {
            printer.line(figures)?;
        }
        printer.flush()?;
        if !figures.synced.each_acknowledged_was_synced {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

fn measure(
    daemon: &Daemon,
    scratch: &Scratch,
    round: u64,
    deliveries: u64,
    connections: u16,
) -> anyhow::Result<Figures> {
    let counts = || -> anyhow::Result<(u64, u64)> {
        let batches = daemon.metric("muniment_log_batches_total")?;
        Ok((batches, daemon.metric("muniment_log_syncs_total")?))
    };
    let before = counts()?;
    let requests: Vec<_> = (0..deliveries).map(|number| request(round, number)).collect();
    let start = Instant::now();
    let waits = deliver_all(&daemon.hooks, &requests, connections)?;
    let seconds = start.elapsed().as_secs_f64();
    let after = counts()?;
    let synced = Synced::of(scratch.dir(), after.0 - before.0, after.1 - before.1)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let deliveries_per_second = deliveries as f64 / seconds;
    let (waits, daemon_mib) = (waits.percentiles(), daemon.resident_mib()?);
    Ok(Figures { connections, deliveries_per_second, waits, synced, daemon_mib })
}

/// A whole HTTP request with a message that nobody has sent before.
fn request(round: u64, number: u64) -> Vec<u8> {
    let customer = 4_915_550_000_000 + number % CUSTOMERS;
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"107","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550100","phone_number_id":"207"}},"contacts":[{{"profile":{{"name":"Customer {customer}"}},"wa_id":"{customer}"}}],"messages":[{{"from":"{customer}","id":"wamid.LOAD.{round}.{number}","timestamp":"1795250000","type":"text","text":{{"body":"Please confirm order {number} of round {round} before noon, and send the invoice."}}}}]}}}}]}}]}}"#
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
    format!(
        "POST /hooks/meta HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends all requests over so many connections.
fn deliver_all(address: &str, requests: &[Vec<u8>], connections: u16) -> anyhow::Result<Waits> {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| deliver_some(address, requests, &next)))
            .collect();
        let mut all = Waits::new();
        for client in clients {
            all.add(&client.join().expect("a client does not panic")?);
        }
        Ok(all)
    })
}

fn deliver_some(address: &str, requests: &[Vec<u8>], next: &AtomicU64) -> anyhow::Result<Waits> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut waits = Waits::new();
    let mut answer = [0; 1024];
    let take = || usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
    while let Some(request) = requests.get(take()) {
        let start = Instant::now();
        stream.write_all(request)?;
        // A 200 has no body: its head fits one packet.
        let length = stream.read(&mut answer)?;
        let head = answer.get(..length).unwrap_or_default();
        if !head.starts_with(b"HTTP/1.1 200") || !head.ends_with(b"\r\n\r\n") {
            bail!("a delivery was not taken: {}", String::from_utf8_lossy(head));
        }
        waits.note(start.elapsed());
    }
    Ok(waits)
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, deliveries_per_second, waits, synced, daemon_mib } = self;
        writeln!(f, "{connections} connections: {deliveries_per_second:.0} deliveries/s, {waits}")?;
        write!(f, "  {synced}; the daemon holds {daemon_mib} MiB")
    }
}
