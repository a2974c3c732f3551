//! What lies beneath the rows: the parts of the database's files that no row is in.

use super::finding::{FindingKind, Findings, Place};
use crate::store::Store;
use crate::store::rows::Family;

/// Asks the database for what each file says of itself; a file's damage there
/// hides no row, but shows that somebody, or the disk, wrote into the file.
pub(super) fn check(store: &Store, findings: &mut Findings) {
    if let Some(damage) = store.damage() {
        let text = format!("whole files are damaged or gone: what they held is listed ({damage})");
        findings.add(Place::files("rows"), FindingKind::Unreadable, text);
    }
    for family in Family::ALL {
        if !store.file_properties_read(family) {
            let text = "a file's description of itself cannot be read: the file was altered \
                        outside its rows";
            findings.add(Place::files(family.name()), FindingKind::Unreadable, text);
        }
    }
}
