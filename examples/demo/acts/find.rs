//! Third act: searches, each with the one answer that the story knows.

use anyhow::ensure;
use serde::Deserialize;

use crate::stage::{Stage, by_hand};
use crate::story::{SEARCHES, Search, Story};
use crate::tell::Tell;

/// What a search prints as JSON, as far as it is compared.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub total: usize,
    pub hits: Vec<Hit>,
}

/// One hit.
#[derive(Debug, Deserialize)]
pub struct Hit {
    pub record: String,
    pub entry: u64,
    pub thread: Option<String>,
}

/// A record, as far as it is compared.
#[derive(Debug, Deserialize)]
pub struct Shown {
    pub content: Content,
    pub delivery: Option<String>,
    pub later: Vec<Later>,
}

/// What was sealed.
#[derive(Debug, Deserialize)]
pub struct Content {
    pub provider_id: Option<String>,
}

/// What later spoke of it.
#[derive(Debug, Deserialize)]
pub struct Later {
    pub relation: Option<String>,
}

pub fn play(tell: &Tell, stage: &Stage, story: &Story) -> anyhow::Result<()> {
    tell.step(
        "5. Words are found, in the languages they were said in",
        "An auditor does not know the spelling; a search that misses a message hides it.",
    );
    for search in SEARCHES {
        let arguments = arguments(&search);
        tell.command(&by_hand(&arguments));
        let hit = find(stage, &search)?;
        let shown: Shown = stage.ask(&["show", &hit.record])?;
        ensure!(
            shown.content.provider_id.as_deref() == Some(story.id_of(search.finds)),
            "the search for {} found another message than {}",
            search.query,
            search.finds
        );
        tell.output(&stage.run(&arguments, 0)?, 8);
        tell.result(&format!("Entry {}: {}.", hit.entry, search.shows));
    }
    Ok(())
}

/// The hit of a search that must have exactly one.
pub fn find(stage: &Stage, search: &Search) -> anyhow::Result<Hit> {
    let found: Found = stage.ask(&arguments(search))?;
    let total = found.total;
    let mut hits = found.hits.into_iter();
    match (total, hits.next()) {
        (1, Some(hit)) => Ok(hit),
        _ => anyhow::bail!("`{}` found {total}, where 1 is right", by_hand(&arguments(search))),
    }
}

fn arguments<'a>(search: &Search) -> Vec<&'a str> {
    let mut arguments = vec!["search", search.query];
    if let Some(party) = search.party {
        arguments.extend(["--party", party]);
    }
    arguments
}
