//! Where the log says that it ends, and whether it does.

use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::store::rows::{Family, index_of_key};
use crate::store::{Head, Store};
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// The widest gap that is walked entry by entry: what lies behind a wider one
/// was never part of the log.
const GAP_ENTRIES_MAX: u64 = 1 << 20;

/// The end of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// How many entries are to be checked.
    pub(super) size: TreeSize,
    /// The head, where it can be read.
    pub(super) head: Option<Head>,
    /// Whether the entries to be checked are those that the head counts.
    pub(super) is_whole: bool,
}

/// Reads the head and finds out how many entries are to be checked.
pub(super) fn read(store: &Store, findings: &mut Findings) -> End {
    let place = || Place::row(Family::State, "head");
    let head = match store.head_row() {
        Ok(head) => head,
        Err(error) => {
            let text = format!("the head of the log cannot be read ({})", told(&error));
            findings.add(place(), FindingKind::Unreadable, text);
            let size = dense_end(store, findings);
            return End { size, head: None, is_whole: false };
        }
    };
    let Some(head) = head else {
        let size = dense_end(store, findings);
        if size > TreeSize::EMPTY {
            let text = "the head of the log is gone, though there are entries";
            findings.add(place(), FindingKind::Missing, text);
        }
        return End { size, head: None, is_whole: false };
    };
    let last = head.size.last_leaf();
    if last.is_none_or(|last| ends_there(store, last)) {
        return End { size: head.size, head: Some(head), is_whole: true };
    }
    let size = dense_end(store, findings).min(head.size);
    if size == head.size {
        // The last entry is there and was only looked for too soon, or cannot be read.
        return End { size, head: Some(head), is_whole: true };
    }
    let text = format!(
        "the head of the log counts {} entries, but they end at {size}: \
         the end was cut off, or the head was altered",
        head.size
    );
    findings.add(place(), FindingKind::Missing, text);
    End { size, head: Some(head), is_whole: false }
}

/// Compares the root of the tree that the entries make with the head's.
pub(super) fn check_root(head: Option<Head>, root: Option<Hash>, findings: &mut Findings) {
    let (Some(head), Some(root)) = (head, root) else { return };
    if head.root != root {
        let text = format!(
            "the entries make a tree with root {root}, the head of the log says {}: \
             the head was altered, or entries were",
            head.root
        );
        findings.add(Place::row(Family::State, "head"), FindingKind::WrongRoot, text);
    }
}

/// Whether the log can be taken to end with this entry: it is there, and the
/// database holds about as many.
fn ends_there(store: &Store, last: LeafIndex) -> bool {
    let about = store.rows_estimate(Family::Entries);
    let plausible = about.saturating_mul(2).saturating_add(GAP_ENTRIES_MAX);
    last.get() < plausible
        && !matches!(store.row(Family::Entries, &last.get().to_be_bytes()), Ok(None))
}

/// Where the entries end that follow each other without a wide gap.
fn dense_end(store: &Store, findings: &mut Findings) -> TreeSize {
    let mut end = 0;
    let mut scan = store.scan(Family::Entries, &[], None);
    loop {
        match scan.advance() {
            Ok(true) => {}
            Ok(false) => return TreeSize::new(end),
            Err(error) => {
                let place = Place::row(Family::Entries, format!("after {end}"));
                let text = format!("entries cannot be read from the disk ({})", told(&error));
                findings.add(place, FindingKind::Unreadable, text);
                return TreeSize::new(end.max(readable_end(store, end)));
            }
        }
        let Some(index) = index_of_key(scan.key()).map(LeafIndex::get) else { continue };
        if index.saturating_sub(end) > GAP_ENTRIES_MAX {
            return TreeSize::new(end);
        }
        end = index.saturating_add(1);
    }
}

/// The end behind damage: by the last row, where it is not far away.
fn readable_end(store: &Store, end: u64) -> u64 {
    match store.last_entry_row() {
        Ok(Some(last)) if last.get().saturating_sub(end) <= GAP_ENTRIES_MAX => {
            last.get().saturating_add(1)
        }
        Ok(_) | Err(_) => end,
    }
}
