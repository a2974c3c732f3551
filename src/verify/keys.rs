//! The keys that the log was signed with: those that the archive lists must be
//! those that its entries hand over, and the one that is trusted among them.

use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::entry::{Entry, Event, HandOver, KeyChain, codec};
use crate::store::Store;
use crate::store::rows::Family;
use crate::tlog::LeafIndex;
use crate::tlog::note::VerifierKey;

/// What is known of the log's keys.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// As the archive lists them; `None` where the log only ever had one.
    listed: Option<KeyChain>,
    /// Those that the trusted key leads to; `None` where none was given.
    pub(super) trusted: Option<KeyChain>,
}

impl Keys {
    /// Reads the list, and compares it with the entries that it names.
    pub(super) fn read(
        store: &Store,
        trusted: Option<&VerifierKey>,
        findings: &mut Findings,
    ) -> Self {
        let listed = store.keys().unwrap_or_else(|error| {
            let text = format!("the list of the log's keys cannot be read ({})", told(&error));
            findings.add(place(), FindingKind::Unreadable, text);
            None
        });
        let listed = listed.filter(|listed| is_handed_over(store, listed, findings));
        let trusted = trusted.map(|key| match &listed {
            Some(listed) if listed.all().any(|one| one == key) => listed.clone(),
            Some(_) | None => KeyChain::new(key.clone()),
        });
        Self { listed, trusted }
    }

    /// Compares an entry with the list.
    pub(super) fn check(&self, entry: &Entry, findings: &mut Findings) {
        let Event::HandedOver(hand_over) = &entry.event else { return };
        let listed = self.listed.iter().flat_map(steps);
        if !listed.into_iter().any(|step| step == step_of(hand_over)) {
            let text = "the log was handed to another key here, and the list of its keys does not \
                        say so: the list was altered, or the entry put there";
            let place = Place::entry(Family::Entries, entry.index);
            findings.add(place, FindingKind::Orphan, text);
        }
    }
}

/// Whether each step of the list stands in the log; a finding where one does not.
fn is_handed_over(store: &Store, listed: &KeyChain, findings: &mut Findings) -> bool {
    let missing = steps(listed).find(|step| {
        let leaf = store.leaf(step.0).ok().flatten();
        let event = leaf.and_then(|leaf| codec::decode(&leaf).ok()).map(|entry| entry.event);
        !matches!(&event, Some(Event::HandedOver(hand_over)) if step_of(hand_over) == *step)
    });
    if let Some((index, ..)) = missing {
        let text = format!(
            "the list of the log's keys says that entry {index} handed the log to another key; it \
             does not"
        );
        findings.add(place(), FindingKind::Altered, text);
    }
    missing.is_none()
}

/// Where the log was handed over, by which key and to which.
type Step<'k> = (LeafIndex, &'k VerifierKey, &'k VerifierKey);

fn steps(keys: &KeyChain) -> impl Iterator<Item = Step<'_>> {
    let taking_over = keys.all().skip(1);
    keys.hand_overs().zip(keys.all()).zip(taking_over).map(|((at, from), to)| (at, from, to))
}

const fn step_of(hand_over: &HandOver) -> Step<'_> {
    (hand_over.index(), hand_over.from(), hand_over.to())
}

fn place() -> Place {
    Place::row(Family::State, "keys")
}
