//! The end of the log: whether it fits together, was signed, and is the newest.

use jiff::SignedDuration;

use super::{Patient, Report};
use crate::causes::told;
use crate::entry::{Event, KeyChain, codec};
use crate::log::{Ended, LogConfig, look_at_end, root_at};
use crate::store::Store;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::{LeafIndex, TreeSize};

/// What to do when the archive is not the newest.
const NEWER: &str = "do not delete keys/log.checkpoint; find the newer data and restore it. If it \
                     is lost for good, see Backup and restore in docs/OPERATING.md";

/// Entries among which findings are looked for: the newest ones.
const ENTRIES_MAX: u64 = 2_000_000;
/// Findings that are told one by one.
const FINDINGS_MAX: usize = 20;

/// Looks at the end of the log.
pub(super) fn look(
    patient: &Patient,
    keys: Option<&KeyChain>,
    store: &Store,
    report: &mut Report,
) -> Option<Ended> {
    let ended = match look_at_end(store) {
        Ok(ended) => ended,
        Err(error) => {
            report.wrong(
                "log",
                format!(
                    "its end does not fit together, and the daemon does not start ({})",
                    told(&error)
                ),
                "run `muniment verify`, which says where; restore the newest copy that it finds \
                 right",
            );
            return None;
        }
    };
    report.ok("log", format!("{} entries; its end fits together", ended.size));
    if patient.has_keys {
        look_at_memory(patient, keys, store, &ended, report);
    }
    look_at_unsigned(patient, &ended, report);
    look_at_clock(patient, &ended, report);
    look_for_findings(store, &ended, report);
    Some(ended)
}

/// Compares the log with the checkpoint that was signed last, which lies apart.
fn look_at_memory(
    patient: &Patient,
    keys: Option<&KeyChain>,
    store: &Store,
    ended: &Ended,
    report: &mut Report,
) {
    const CHECK: &str = "checkpoint";
    let path = patient.archive.last_checkpoint_file();
    let note = match std::fs::read_to_string(&path) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return report.note(
                CHECK,
                "keys/log.checkpoint is not there: an older copy of the data would not be noticed",
                "restore it if you have a copy; the daemon goes on from the data's own, and \
                 writes it anew",
            );
        }
        Err(error) => {
            let text = format!("keys/log.checkpoint cannot be read ({error})");
            return report.wrong(CHECK, text, "restore it from a copy of keys/");
        }
    };
    let Some(keys) = keys else {
        return report.unknown(CHECK, "no key to check it with", "put the keys right first");
    };
    let signed = match keys.open(&note, keys.newest().name().as_str()) {
        Ok(signed) => signed,
        Err(error) => {
            return report.wrong(
                CHECK,
                format!("keys/log.checkpoint is no checkpoint of this log ({})", told(&error)),
                "restore it from a copy of keys/. If there is none, and `muniment verify` finds \
                 the data right and newest, remove it: the daemon then goes on from the data's own",
            );
        }
    };
    compare(&signed, store, ended, report);
}

fn compare(signed: &Checkpoint, store: &Store, ended: &Ended, report: &mut Report) {
    const CHECK: &str = "checkpoint";
    let (size, there) = (signed.size(), ended.size);
    if size > there {
        let lost = size.get() - there.get();
        let text = format!(
            "{size} entries were signed, and {there} are there: the last {lost} are missing. An \
             older copy was put in this place, or the end was cut off. The daemon does not start"
        );
        return report.wrong(CHECK, text, NEWER);
    }
    match root_at(store, size) {
        Ok(root) if root == *signed.root() => {
            report.ok(CHECK, format!("the log holds all {size} entries that were signed"));
        }
        Ok(_) => report.wrong(
            CHECK,
            format!("the first {size} entries are not those that were signed: this is another log, or it was altered"),
            "run `muniment verify`, and compare with backups; restore what was signed",
        ),
        Err(error) => report.unknown(CHECK, told(&error), "run `muniment verify`"),
    }
}

fn look_at_unsigned(patient: &Patient, ended: &Ended, report: &mut Report) {
    const CHECK: &str = "signatures";
    match ended.size.get().saturating_sub(ended.signed_size.get()) {
        0 => report.ok(CHECK, "a checkpoint covers every entry"),
        left if patient.is_held() => {
            report.ok(CHECK, format!("the newest {left} entries will be signed within a second"));
        }
        left => report.note(
            CHECK,
            format!(
                "no checkpoint covers the newest {left} entries: the daemon was not stopped in \
                 order, or this was copied while it ran"
            ),
            "start the daemon: it signs them",
        ),
    }
}

fn look_at_clock(patient: &Patient, ended: &Ended, report: &mut Report) {
    const CHECK: &str = "clock";
    let config = patient.config.as_ref().map_or_else(LogConfig::default, |all| all.log.clone());
    let max = i64::try_from(config.clock_back_seconds_max).unwrap_or(i64::MAX);
    let behind = ended.newest.duration_since(patient.now);
    if behind <= SignedDuration::ZERO {
        return report.ok(CHECK, "it stands behind the newest entry, as it must");
    }
    let (seconds, newest, now) = (behind.as_secs().saturating_add(1), ended.newest, patient.now);
    let text =
        format!("it says {now:.0}, but the newest entry is dated {newest:.0}, {seconds} s later");
    if behind <= SignedDuration::from_secs(max) {
        report.note(CHECK, text, "see that it is set from the network (`timedatectl`)");
    } else {
        report.wrong(
            CHECK,
            format!("{text}: the daemon does not start"),
            format!(
                "set the clock (`timedatectl`). If it is right now and was wrong then, set \
                 log.clock_back_seconds_max to {seconds} until it has caught up"
            ),
        );
    }
}

/// What the log itself tells of suspected breaches.
fn look_for_findings(store: &Store, ended: &Ended, report: &mut Report) {
    const CHECK: &str = "findings";
    let from = ended.size.get().saturating_sub(ENTRIES_MAX);
    let (mut told_of, mut beyond) = (0, 0);
    for leaf in store.leaves_from(LeafIndex::new(from)) {
        let leaf = match leaf {
            Ok((_, leaf)) => leaf,
            Err(error) => return report.wrong(CHECK, told(&error), "run `muniment verify`"),
        };
        let Some(text) = finding(&leaf) else { continue };
        if told_of < FINDINGS_MAX {
            report.note(CHECK, text, "see When something is wrong in docs/OPERATING.md");
            told_of += 1;
        } else {
            beyond += 1;
        }
    }
    let looked_at = TreeSize::new(ended.size.get() - from);
    match (told_of, beyond) {
        (0, _) => report.ok(CHECK, format!("none in the newest {looked_at} entries of the log")),
        (_, 0) => {}
        (_, more) => report.note(CHECK, format!("{more} more"), "see the first ones"),
    }
}

/// What an entry tells of a suspected breach, where it does.
fn finding(leaf: &[u8]) -> Option<String> {
    const MARK: &[u8] = br#""kind":"found""#;
    leaf.windows(MARK.len()).any(|part| part == MARK).then_some(())?;
    let entry = codec::decode(leaf).ok()?;
    let Event::Found { finding, by, at } = &entry.event else { return None };
    let about = at.map(|at| format!(", about {at}")).unwrap_or_default();
    let (index, time, word) = (entry.index, entry.time, finding.as_str());
    Some(format!("entry {index} of {time:.0} tells of `{word}`, found by {by}{about}"))
}
