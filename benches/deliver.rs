//! Deliveries end to end: a signed webhook over HTTP until its durable 200.
//!
//! The real daemon runs in a process of its own, and shares the machine with
//! the clients that are measured with it. A table instead of criterion's
//! statistics, since what is asked for is a rate together with the slowest
//! hundredth, and whether memory stays flat.
//!
//! `cargo bench --bench deliver -- 200000` makes so many deliveries a round.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use ring::hmac;

const SECRET: &str = "a secret of the benchmark";
const DELIVERIES: usize = 20_000;
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];

fn main() -> anyhow::Result<()> {
    // Cargo passes flags of its own.
    let deliveries = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(DELIVERIES);
    let dir = tempfile::tempdir()?;
    let daemon = Daemon::start(dir.path())?;
    let mut out = std::io::stdout();
    writeln!(out, "{deliveries} deliveries of one text message each, a round")?;
    writeln!(out, "connections  per second   p50 ms   p99 ms   max ms   daemon MiB")?;
    for (round, connections) in CONNECTIONS.into_iter().enumerate() {
        let requests: Vec<_> = (0..deliveries).map(|number| request(round, number)).collect();
        let start = Instant::now();
        let mut waits = deliver_all(&daemon.hooks, &requests, connections)?;
        let seconds = start.elapsed().as_secs_f64();
        waits.sort_unstable();
        writeln!(
            out,
            "{connections:>11}  {:>10.0}  {:>7.2}  {:>7.2}  {:>7.2}  {:>11.0}",
            waits.len() as f64 / seconds,
            at(&waits, 0.50),
            at(&waits, 0.99),
            at(&waits, 1.0),
            daemon.resident_mib()?,
        )?;
    }
    Ok(())
}

/// The wait that a share of all stay below, in milliseconds.
fn at(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * share).round();
    // Between 0 and the number of deliveries.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
    let wait = sorted.get(index as usize).copied().unwrap_or_default();
    wait.as_secs_f64() * 1000.0
}

/// A whole HTTP request with a message that nobody has sent before.
fn request(round: usize, number: usize) -> Vec<u8> {
    let customer = 4_915_550_000_000 + number % 1000;
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"107","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550100","phone_number_id":"207"}},"contacts":[{{"profile":{{"name":"Customer {customer}"}},"wa_id":"{customer}"}}],"messages":[{{"from":"{customer}","id":"wamid.BENCH.{round}.{number}","timestamp":"1795250000","type":"text","text":{{"body":"Please confirm order {number} of round {round} before noon, and send the invoice."}}}}]}}}}]}}]}}"#
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
    format!(
        "POST /hooks/meta HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends all requests over so many connections, each the next when it was
/// answered; gives how long each waited.
fn deliver_all(
    address: &str,
    requests: &[Vec<u8>],
    connections: usize,
) -> anyhow::Result<Vec<Duration>> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| deliver_some(address, requests, &next)))
            .collect();
        let mut waits = Vec::with_capacity(requests.len());
        for client in clients {
            waits.extend(client.join().expect("a client does not panic")?);
        }
        Ok(waits)
    })
}

fn deliver_some(
    address: &str,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut waits = vec![];
    let mut answer = [0; 1024];
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let start = Instant::now();
        stream.write_all(request)?;
        // A 200 has no body: its head fits one packet.
        let length = stream.read(&mut answer)?;
        let head = answer.get(..length).unwrap_or_default();
        if !head.starts_with(b"HTTP/1.1 200") || !head.ends_with(b"\r\n\r\n") {
            bail!("not taken: {}", String::from_utf8_lossy(head));
        }
        waits.push(start.elapsed());
    }
    Ok(waits)
}

struct Daemon {
    child: Child,
    hooks: String,
}

impl Daemon {
    fn start(dir: &Path) -> anyhow::Result<Self> {
        let archive = dir.join("archive");
        let program = || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_muniment"));
            program.arg("--config").arg(archive.join("muniment.toml"));
            program.env("MUNIMENT_META_APP_SECRETS", SECRET);
            program.env("MUNIMENT_SERVER__HOOKS", "127.0.0.1:0");
            program.env("MUNIMENT_SERVER__API", "127.0.0.1:0");
            program.env("MUNIMENT_TELEMETRY__LEVEL", "warn");
            program.stdout(Stdio::null());
            program
        };
        let made =
            program().arg("init").arg(&archive).args(["--origin", "bench.example"]).status()?;
        anyhow::ensure!(made.success(), "the archive was not made");
        let ready = dir.join("ready.json");
        let child = program().arg("serve").arg("--ready-file").arg(&ready).spawn()?;
        let mut daemon = Self { child, hooks: String::new() };
        while !ready.exists() {
            anyhow::ensure!(daemon.child.try_wait()?.is_none(), "the daemon did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&ready)?)?;
        let hooks = told.get("hooks").and_then(serde_json::Value::as_str);
        let hooks = hooks.context("no address of the provider's door")?;
        daemon.hooks = hooks.trim_start_matches("http://").to_owned();
        Ok(daemon)
    }

    fn resident_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.context("no VmRSS")?.trim().parse::<f64>()? / 1024.0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
