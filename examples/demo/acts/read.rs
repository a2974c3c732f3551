//! Fourth act: a conversation is opened, and a message with what came later.

use std::fs;

use anyhow::{Context as _, bail, ensure};

use super::find::{Hit, Shown, find};
use super::prove::leaf_of;
use crate::stage::{Stage, by_hand};
use crate::story::{Search, Story};
use crate::tell::Tell;

/// An order that the customer corrected a minute later.
const CORRECTED: Search = Search {
    query: "\"buy order for 200\"",
    party: None,
    finds: "ada-buy",
    shows: "an order that was corrected",
};
/// A message with a picture.
const PICTURED: Search = Search {
    query: "\"one plank split\"",
    party: None,
    finds: "greta-crate",
    shows: "a picture of damage",
};
/// A promise that staff deleted on the telephone.
const DELETED: Search = Search {
    query: "\"sure thing\"",
    party: None,
    finds: "ada-promise",
    shows: "a promise that was deleted",
};

pub fn play(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    tell.step(
        "6. A conversation is opened",
        "Who said what to whom, in order: messages from customers, and what staff typed on a phone.",
    );
    let promise = find(stage, &DELETED)?;
    let thread = promise.thread.clone().context("the message belongs to no conversation")?;
    let arguments = ["thread", thread.as_str(), "--limit", "50"];
    let text = stage.run(&arguments, 0)?;
    tell.command(&by_hand(&arguments));
    tell.output(&text, 17);

    tell.step(
        "7. What was changed and deleted is still there",
        "An edit or a deletion is a record of its own; it never touches what was said first.",
    );
    let order = find(stage, &CORRECTED)?;
    show(tell, stage, story, &order, &CORRECTED, "edits")?;
    tell.result("The order of 200 stands beside its correction to 250: both count in a dispute.");
    show(tell, stage, story, &promise, &DELETED, "revokes")?;
    tell.result("“A sure thing” was deleted from both telephones; the archive kept it.");
    save_picture(tell, stage, story)
}

/// A picture that came with a message is saved and compared with what was sent.
fn save_picture(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    let hit = find(stage, &PICTURED)?;
    let arguments = ["show", hit.record.as_str(), "--media", "evidence"];
    tell.command(&by_hand(&arguments));
    stage.run(&arguments, 0)?;
    let saved = fs::read_dir(stage.dir().join("evidence")).context("nothing was saved")?;
    let saved: Vec<_> = saved.collect::<Result<_, _>>().context("evidence cannot be listed")?;
    let [file] = saved.as_slice() else { bail!("{} files were saved, not 1", saved.len()) };
    let bytes = fs::read(file.path()).context("the saved file does not read")?;
    let sent = story.media.iter().find(|medium| medium.name == "crate");
    let same = sent.is_some_and(|medium| medium.bytes == bytes);
    ensure!(same, "the picture is not the one that was sent");
    let name = file.file_name();
    tell.result(&format!(
        "The picture of the split crate, to the byte: evidence/{}",
        name.display()
    ));
    Ok(())
}

/// The entry of the deleted promise, for the last act.
pub fn leaf_of_promise(stage: &Stage) -> anyhow::Result<Vec<u8>> {
    leaf_of(stage, &find(stage, &DELETED)?.record)
}

fn show(
    tell: &Tell,
    stage: &Stage,
    story: &Story,
    hit: &Hit,
    search: &Search,
    relation: &str,
) -> anyhow::Result<()> {
    let arguments = ["show", hit.record.as_str()];
    let shown: Shown = stage.ask(&arguments)?;
    let right = shown.content.provider_id.as_deref() == Some(story.id_of(search.finds));
    ensure!(right, "“{}” found another message than {}", search.query, search.finds);
    let told = shown.later.iter().any(|later| later.relation.as_deref() == Some(relation));
    ensure!(told, "{} does not say that something later {relation} it", hit.record);
    tell.command(&by_hand(&arguments));
    tell.output(&stage.run(&arguments, 0)?, 24);
    Ok(())
}
