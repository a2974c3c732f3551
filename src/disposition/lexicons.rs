//! Which records the lexicons of schedules may hit, as the index finds their words.
//!
//! It finds more than a lexicon hits (other forms of a word), so that a plan lists what the
//! lexicon lets go; what is listed too much, the opened record takes out again. What looks
//! like a payment card's number is no word: the index found it when it read the record, and
//! its facts say so.

use crate::index::{Error, Index, Selection, language};
use crate::policy::{Adopted, Facts, LexiconKind, Mark};
use crate::tlog::LeafIndex;

/// Words of one query.
const WORDS_A_QUERY: usize = 32;

/// What each lexicon may hit.
#[derive(Debug, Default)]
pub(super) struct LexiconFinds(Vec<(Mark, Selection)>);

impl LexiconFinds {
    /// Asks the index for the words of every lexicon; blocks.
    pub(super) fn ask(adopted: &[Adopted], index: &Index) -> Result<Self, Error> {
        let mut finds: Vec<(Mark, Selection)> = vec![];
        let lexicons = adopted.iter().flat_map(|adopted| &adopted.schedule.lexicons);
        for lexicon in lexicons.filter(|lexicon| lexicon.kind == LexiconKind::Words) {
            if finds.iter().any(|(mark, _)| *mark == lexicon.mark()) {
                continue;
            }
            let mut found = Selection::new();
            for words in lexicon.words.chunks(WORDS_A_QUERY) {
                let quoted = words.iter().map(|word| format!("\"{}\"", word.replace('"', " ")));
                // A word that the language cannot ask for finds nothing.
                if let Ok(expr) = language::parse(&quoted.collect::<Vec<_>>().join(" OR ")) {
                    found.unite(&index.select(&expr)?.entries);
                }
            }
            finds.push((lexicon.mark(), found));
        }
        Ok(Self(finds))
    }

    /// Whether there is no lexicon.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the lexicons that may hit the record of an entry to its facts.
    pub(super) fn add(&self, entry: LeafIndex, facts: &mut Facts) {
        let hits = self.0.iter().filter(|(_, found)| found.contains(entry)).map(|(mark, _)| *mark);
        facts.lexicons.extend(hits);
    }
}
