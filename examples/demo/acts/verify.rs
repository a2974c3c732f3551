//! Sixth act: the archive is counted, stopped, and verified from its bytes.

use anyhow::ensure;
use serde::Deserialize;

use super::find::Found;
use crate::stage::{Stage, by_hand};
use crate::story::Story;
use crate::tell::Tell;

/// What a verification reports, as far as it is compared.
#[derive(Debug, Deserialize)]
pub struct Report {
    pub right: bool,
    pub size: u64,
    pub signed_size: Option<u64>,
    pub findings: Vec<Finding>,
    pub findings_beyond: u64,
}

/// Something found wrong.
#[derive(Debug, Deserialize)]
pub struct Finding {
    pub place: Place,
}

/// Where.
#[derive(Debug, Deserialize)]
pub struct Place {
    pub entry: Option<u64>,
}

/// Classes that people search; deliveries and media are reached through these.
const CLASSES_SEARCHED: [&str; 7] =
    ["message", "status", "contact", "consent", "account", "call", "unrecognised"];

pub fn play(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    count(tell, stage, story)?;
    tell.step(
        "11. The whole archive is verified",
        "From the bytes alone: every leaf, the tree, every signature, every sealed record.",
    );
    stage.stop_daemon()?;
    tell.command("kill %1");
    tell.result("The daemon stopped in order: its last checkpoint covers all that it took.");
    let arguments = ["verify"];
    tell.command(&by_hand(&arguments));
    let text = stage.run(&arguments, 0)?;
    let report: Report = stage.ask(&arguments)?;
    ensure!(report.right && report.findings.is_empty(), "the report is not right");
    let signed = report.signed_size;
    ensure!(signed == Some(report.size), "{signed:?} of {} entries are signed", report.size);
    tell.output(&text, 20);
    tell.result(&format!(
        "{} entries: those of the story, and one for each time that we read something.",
        report.size
    ));
    Ok(())
}

/// Compares how many records there are of each class with the story.
fn count(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    tell.step(
        "10. Nothing is missing and nothing is there twice",
        "Every record of the story is counted, class by class; a class decides how long it is kept.",
    );
    tell.command("muniment search class:message --limit 1 --json | jq .total");
    let due = story.expected_records_by_class();
    let mut told = vec![];
    for class in CLASSES_SEARCHED {
        let query = format!("class:{class}");
        let found: Found = stage.ask(&["search", &query, "--limit", "1"])?;
        let due = due.get(class).copied().unwrap_or_default();
        ensure!(
            found.total == due,
            "{} records of class {class}, where {due} are due",
            found.total
        );
        told.push(format!("{due} {class}"));
    }
    tell.result(&format!("Exactly as told: {}.", told.join(", ")));
    Ok(())
}
