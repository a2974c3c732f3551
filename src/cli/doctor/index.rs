//! The full-text index: whether it is there, and how far it reaches. Whatever is
//! wrong with it, nothing is lost: it is made anew from the log.

use super::{Patient, Report};
use crate::index::reaches;
use crate::log::Ended;
use crate::seal::Keyring;

const CHECK: &str = "index";

/// Looks at the index.
pub(super) fn look(
    patient: &Patient,
    keyring: &Keyring,
    ended: Option<Ended>,
    report: &mut Report,
) {
    let anew = "start the daemon: it makes the index anew; nothing is lost, but searches find \
                less until it has";
    let reached = match reaches(&patient.archive.index_dir(), keyring) {
        Ok(Some(reached)) => reached,
        Ok(None) => return report.note(CHECK, "there is none", anew),
        Err(why) => return report.note(CHECK, format!("it does not open: {why}"), anew),
    };
    let Some(ended) = ended else { return };
    match (ended.size.get().checked_sub(reached.get()), patient.is_held()) {
        (None, false) => {
            let text = "it knows more entries than there are: it is of newer data";
            report.note(CHECK, text, anew);
        }
        (None | Some(0), _) => report.ok(CHECK, "every entry can be searched"),
        (Some(behind), true) => {
            report.ok(CHECK, format!("{behind} entries behind; the daemon catches up"));
        }
        (Some(behind), false) => report.note(
            CHECK,
            format!("{behind} entries behind the log"),
            "start the daemon: it catches up",
        ),
    }
}
