//! Fifth act: proofs that need no trust in the archive: a receipt, and Meta's
//! own signature over the bytes that came.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muniment::tlog::receipt::Receipt;
use serde::Deserialize;

use super::find::{Shown, find};
use super::open::ORIGIN;
use crate::http::Http;
use crate::stage::{Stage, by_hand};
use crate::story::{APP_SECRET, SEARCHES, Story, sign};
use crate::tell::Tell;

/// A delivery as it is shown.
#[derive(Debug, Deserialize)]
struct ShownDelivery {
    content: DeliveryContent,
}

#[derive(Debug, Deserialize)]
struct DeliveryContent {
    signature: String,
    body_base64: String,
}

pub fn play(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    let [invoice, ..] = SEARCHES;
    let hit = find(stage, &invoice)?;
    receipt(tell, stage, &hit.record)?;
    let shown: Shown = stage.ask(&["show", &hit.record])?;
    let delivery = shown.delivery.context("the record does not say which delivery it came in")?;
    signature(tell, stage, story, &delivery)
}

/// The receipt of a record, verified with the log's public key alone.
fn receipt(tell: &Tell, stage: &Stage, record: &str) -> anyhow::Result<()> {
    const FILE: &str = "invoice.tlog-proof";
    const ALTERED: &str = "altered.tlog-proof";
    tell.step(
        "8. A receipt proves that a record is in the log",
        "Give it to anybody: they check it with the public key, without us and without the network.",
    );
    let get = ["receipt", record, "-o", FILE];
    tell.command(&by_hand(&get));
    stage.run(&get, 0)?;
    let verify = |file| ["receipt", "verify", file, "--key", "archive/keys/log.vkey"];
    tell.command(&by_hand(&verify(FILE)));
    tell.output(&stage.run(&verify(FILE), 0)?, 20);

    let text = fs::read_to_string(stage.dir().join(FILE)).context("no receipt was written")?;
    let receipt: Receipt = text.parse().context("the receipt does not read")?;
    let mut entry = receipt.extra().to_vec();
    ensure!(entry == leaf_of(stage, record)?, "the receipt carries another entry");
    if let Some(byte) = entry.last_mut() {
        *byte ^= 1;
    }
    let altered = receipt.with_extra(entry).context("the entry does not fit the receipt")?;
    fs::File::create(stage.dir().join(ALTERED))
        .and_then(|mut file| file.write_all(altered.to_string().as_bytes()))
        .context("could not write the altered receipt")?;
    let refused = stage.run(&verify(ALTERED), 3)?;
    ensure!(refused.contains("what it means"), "an altered receipt is refused without a reason");
    tell.result(&format!("It leads from the entry to a checkpoint signed by {ORIGIN}."));
    tell.detail("With one bit of the entry changed it fails, and says why.");
    Ok(())
}

/// The exact bytes of the entry that keeps a record.
pub fn leaf_of(stage: &Stage, record: &str) -> anyhow::Result<Vec<u8>> {
    let url = format!("{}/v1/records/{record}/entry", stage.doors()?.api);
    let answer = Http::new().get(&url, Some(stage.token()))?;
    ensure!(answer.status == 200, "{url} was answered {}", answer.status);
    Ok(answer.body)
}

/// The provider's signature on a delivery, computed again from what is kept.
fn signature(tell: &Tell, stage: &Stage, story: &Story, delivery: &str) -> anyhow::Result<()> {
    tell.step(
        "9. Meta's signature is checked again, on the bytes that were kept",
        "So it can be shown years later that these very bytes came, and came with Meta's signature.",
    );
    let shown: ShownDelivery = stage.ask(&["show", delivery])?;
    let body = STANDARD.decode(&shown.content.body_base64).context("the body is no base64")?;
    let sent = story.deliveries.iter().any(|one| one.expect.new && one.body == body);
    ensure!(sent, "what was kept is not what was delivered");
    ensure!(shown.content.signature == sign(APP_SECRET, &body), "the signature does not hold");
    let raw = ["show", delivery, "--raw"];
    tell.command(&format!("{} > body.json", by_hand(&raw)));
    tell.command("openssl dgst -sha256 -hmac \"$(cat archive/secrets/meta-app-secret)\" body.json");
    ensure!(stage.run(&raw, 0)?.as_bytes() == body, "--raw gives other bytes than --json");
    let path = stage.dir().join("body.json");
    fs::File::create(&path)
        .and_then(|mut file| file.write_all(&body))
        .context("could not write body.json")?;
    if let Some(said) = openssl(&path)? {
        ensure!(format!("sha256={said}") == shown.content.signature, "openssl disagrees: {said}");
        tell.output(&said, 1);
        tell.result("openssl agrees with the header that came with the delivery:");
    } else {
        tell.result("The HMAC of the kept bytes is that of the header that came with them:");
    }
    tell.detail(&format!("X-Hub-Signature-256: {}", shown.content.signature));
    Ok(())
}

/// What openssl computes; `None` where there is no openssl.
fn openssl(path: &Path) -> anyhow::Result<Option<String>> {
    let arguments = ["dgst", "-sha256", "-hmac", APP_SECRET, "-r"];
    let Ok(done) = Command::new("openssl").args(arguments).arg(path).output() else {
        return Ok(None);
    };
    ensure!(done.status.success(), "openssl ended with {}", done.status);
    let text = String::from_utf8_lossy(&done.stdout);
    Ok(text.split_whitespace().next().map(str::to_owned))
}
