//! Last act: one bit of a sealed message is changed in a copy, and found.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::verify::Report;
use crate::forge;
use crate::stage::{Stage, by_hand};
use crate::tell::Tell;

/// A leaf, as far as it tells where its sealed body is.
#[derive(Debug, Deserialize)]
struct Leaf {
    index: u64,
}

/// What an outsider has: a copy, the log's public key, and a checkpoint that was
/// kept apart. No key that opens anything.
const BY_AN_OUTSIDER: [&str; 6] = [
    "verify",
    "copy",
    "--vkey",
    "archive/keys/log.vkey",
    "--checkpoint",
    "archive/keys/log.checkpoint",
];

/// The exit code of `muniment verify` when something is wrong.
const EXIT_WRONG: i32 = 3;

pub fn play(tell: &Tell, stage: &Stage, leaf: &[u8]) -> anyhow::Result<()> {
    tell.step(
        "12. One bit is changed in a copy of the archive",
        "Whoever can write to the disk can change a message; verification names it.",
    );
    let leaf: Leaf =
        serde_json::from_slice(leaf).context("the leaf is other JSON than expected")?;
    let copy = stage.dir().join("copy");
    copy_dir(&stage.archive().join("data"), &copy)?;
    tell.command("cp -r archive/data copy");
    let (middle, size) = forge::flip_a_bit(&copy, leaf.index)?;
    tell.result(&format!(
        "Changed: 1 bit, in byte {middle} of the {size} bytes of entry {}, the sealed promise of a \
         “sure thing”;",
        leaf.index
    ));
    tell.detail("written with the database's own library, so that its checksums are right.");

    tell.command(&by_hand(&BY_AN_OUTSIDER));
    tell.output(&stage.run(&BY_AN_OUTSIDER, EXIT_WRONG)?, 20);
    let report = [BY_AN_OUTSIDER.as_slice(), &["--json"]].concat();
    let report: Report = serde_json::from_str(&stage.run(&report, EXIT_WRONG)?)
        .context("the report is other JSON than expected")?;
    let named: Vec<u64> =
        report.findings.iter().filter_map(|finding| finding.place.entry).collect();
    ensure!(!report.right, "the changed copy is said to be right");
    ensure!(
        !named.is_empty() && named.iter().all(|entry| *entry == leaf.index),
        "the findings name the entries {named:?} and not entry {} alone",
        leaf.index
    );
    ensure!(report.findings_beyond == 0, "{} further findings", report.findings_beyond);
    tell.result(&format!(
        "Exit code {EXIT_WRONG}; entry {} is named, and it alone. No key that opens anything was needed.",
        leaf.index
    ));
    Ok(())
}

fn copy_dir(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not list {}", from.display()))? {
        let entry = entry.context("the archive cannot be listed")?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy_dir(&source, &target)?;
        } else {
            let copied = fs::copy(&source, &target);
            copied.with_context(|| format!("could not copy {}", source.display()))?;
        }
    }
    Ok(())
}
