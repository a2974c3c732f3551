//! First act: an archive is made, configured and started. At the end, where it
//! is wanted, it is left running.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::graph::{self, Graph};
use crate::http::Http;
use crate::settings::{quoted, set};
use crate::stage::{Stage, Strike, by_hand};
use crate::story::APP_SECRET;
use crate::tell::Tell;

/// The name that the archive signs under.
pub const ORIGIN: &str = "archive.halyard.example/2026";
/// Whose token the demonstration uses.
const OFFICER: &str = "Dana Weiss, compliance";
/// Meta's challenge of the handshake, which comes back.
const CHALLENGE: &str = "1158201444";

pub fn play(tell: &Tell, stage: &mut Stage, graph: &Graph) -> anyhow::Result<()> {
    tell.step(
        "1. An archive is made",
        "One key opens records, one signs the log; who has only the data checks it and reads nothing.",
    );
    let init = ["init", "archive", "--origin", ORIGIN];
    tell.command(&format!("cd {}", stage.dir().display()));
    tell.command(&by_hand(&init));
    stage.run(&init, 0)?;
    configure(stage, graph)?;
    tell.result(
        "Made: keys, an empty log with one entry, a configuration with every key explained.",
    );
    tell.detail("Its secrets are files of mode 0600; the configuration only names them.");

    tell.step(
        "2. The daemon starts",
        "Two doors: one that Meta delivers to, and one for auditors, to be kept inside.",
    );
    tell.command("export MUNIMENT_CONFIG=$PWD/archive/muniment.toml");
    tell.command("muniment serve &");
    let doors = stage.start_daemon()?;
    tell.result(&format!("Process {}: {}/hooks/meta, {}/v1", doors.pid, doors.hooks, doors.api));
    shake_hands(tell, stage, &doors.hooks)?;

    let create = ["token", "create", OFFICER, "--role", "officer"];
    let token = stage.run(&create, 0)?.trim().to_owned();
    ensure!(token.starts_with("mun_"), "`muniment token create` printed no token");
    write_private(&stage.token_file(), &token)?;
    stage.use_token(token);
    tell.command(&format!("{} > token", by_hand(&create)));
    tell.command("export MUNIMENT_TOKEN=$(cat token)");
    tell.result("Dana may read; each reading will stand in the log under the name of this token.");
    Ok(())
}

/// Sets what the demonstration needs in the file that `init` wrote.
fn configure(stage: &Stage, graph: &Graph) -> anyhow::Result<()> {
    let path = stage.config();
    let mut text = fs::read_to_string(&path).context("`muniment init` wrote no configuration")?;
    let [hooks, api] = free_addresses()?;
    let settings = [
        ("server", "hooks", quoted(&hooks)),
        ("server", "api", quoted(&api)),
        ("media", "enabled", "true".to_owned()),
        ("media", "graph_url", quoted(&graph.url)),
        ("media", "token_file", quoted("secrets/media-token")),
        ("media", "retry_delay_ms_min", "500".to_owned()),
    ];
    for (section, key, value) in settings {
        text = set(&text, section, key, &value)?;
    }
    let mut file = File::create(&path).context("could not write the configuration")?;
    file.write_all(text.as_bytes()).context("could not write the configuration")?;
    let secrets = stage.archive().join("secrets");
    write_private(&secrets.join("meta-app-secret"), APP_SECRET)?;
    write_private(&secrets.join("media-token"), graph::ACCESS_TOKEN)
}

/// Two addresses that nobody listens at.
fn free_addresses() -> anyhow::Result<[String; 2]> {
    let find = || {
        let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
        let address = listener.local_addr().context("a listener has no address")?;
        anyhow::Ok((listener, address.to_string()))
    };
    // Both are held until both are found, so that they differ.
    let (first, second) = (find()?, find()?);
    Ok([first.1, second.1])
}

fn write_private(path: &Path, line: &str) -> anyhow::Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        writeln!(file, "{line}")
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// Meta's check that the address is ours, before it delivers anything.
fn shake_hands(tell: &Tell, stage: &Stage, hooks: &str) -> anyhow::Result<()> {
    let token = fs::read_to_string(stage.archive().join("secrets/meta-verify-token"))
        .context("`muniment init` wrote no verify token")?;
    let url = |token: &str| {
        format!(
            "{hooks}/hooks/meta?hub.mode=subscribe&hub.challenge={CHALLENGE}&hub.verify_token={token}"
        )
    };
    let http = Http::new();
    let good = http.get(&url(token.trim()), None)?;
    let echoed = good.status == 200 && good.body == CHALLENGE.as_bytes();
    ensure!(echoed, "Meta's handshake was answered {}", good.status);
    let bad = http.get(&url("guessed"), None)?;
    ensure!(bad.status == 403, "a handshake with a wrong token was answered {}", bad.status);
    tell.result("Meta's handshake gets its challenge back; one with a guessed token gets 403.");
    Ok(())
}

/// Starts the daemon again and says how to go on by oneself.
pub fn keep_running(tell: &Tell, stage: &Stage, strike: &Strike) -> anyhow::Result<()> {
    let doors = stage.start_daemon()?;
    strike.leave();
    let dir = stage.dir().display();
    let program = stage.program().parent().unwrap_or(Path::new("")).display();
    tell.plain(&format!(
        "\nAll of it went as promised. The daemon runs on as process {pid}; to use it:

  export PATH=\"{program}:$PATH\"
  export MUNIMENT_CONFIG={dir}/archive/muniment.toml
  export MUNIMENT_TOKEN=$(cat {dir}/token)
  muniment search 'limit 18.40'
  muniment search --help

  Deliveries:  {hooks}/hooks/meta  (signed with {dir}/archive/secrets/meta-app-secret)
  Answers:     {api}/v1  (docs/API.md), {api}/metrics
  Its trace:   {dir}/daemon.trace
  Media:       the stand-in of Meta is gone; new media would wait to be fetched.

To stop it and remove everything:

  kill {pid} && sleep 2 && rm -r {dir}",
        pid = doors.pid,
        hooks = doors.hooks,
        api = doors.api,
    ));
    Ok(())
}
