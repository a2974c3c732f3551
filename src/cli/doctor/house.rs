//! What is around the rows: directories, permissions, the lock, tokens, room.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Patient, Report};
use crate::api::tokens;
use crate::causes::told;
use crate::daemon::files;
use crate::log::{LogConfig, free_bytes};
use crate::store::{self, check_format};

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// Files whose owner is looked at, at most.
const FILES_MAX: usize = 100_000;
/// A disk with less than so many times the reserve is soon full.
const RESERVES_MIN: u64 = 2;
/// Space that the signer's memory needs, many times over.
const KEYS_BYTES_MIN: u64 = 1024 * 1024;

const MIB: u64 = 1024 * 1024;

/// Looks at everything that needs neither keys nor rows.
pub(super) fn look(patient: &Patient, report: &mut Report) {
    look_at_directories(patient, report);
    look_at_format(patient, report);
    match &patient.holder {
        Some(pid) => report.ok("lock", format!("process {pid} has the archive open")),
        None => report.ok("lock", "nobody has the archive open: the daemon does not run"),
    }
    look_at_tokens(patient, report);
    look_at_room(patient, report);
    look_at_open_files(patient, report);
}

fn look_at_directories(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "directories";
    let archive = &patient.archive;
    let keys = patient.has_keys.then_some(&archive.keys);
    for dir in std::iter::once(&archive.data).chain(keys) {
        let shown = dir.display();
        match std::fs::metadata(dir) {
            Ok(found) if !found.is_dir() => {
                report.wrong(CHECK, format!("{shown} is a file"), "put the directory back");
            }
            Ok(found) if found.mode() & OTHERS != 0 => report.note(
                CHECK,
                format!("{shown} can be entered by other users (mode {:o})", found.mode() & 0o777),
                format!("chmod 700 {shown}"),
            ),
            Ok(_) => report.ok(CHECK, format!("{shown} is there, and its owner's alone")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => report.wrong(
                CHECK,
                format!("there is no {shown}: the disk is not mounted, or it was moved or deleted"),
                "mount it, put it back, or restore a copy",
            ),
            Err(error) => report.unknown(
                CHECK,
                format!("{shown} cannot be looked at: {error}"),
                "run the doctor as the daemon's user",
            ),
        }
    }
    look_at_owners(&archive.data, report);
}

/// Files that another user made, the daemon may be unable to write.
fn look_at_owners(data: &Path, report: &mut Report) {
    let Ok(owner) = std::fs::metadata(data).map(|found| found.uid()) else { return };
    let (mut strangers, mut unread): (Vec<PathBuf>, Vec<PathBuf>) = (vec![], vec![]);
    let (mut waiting, mut seen) = (vec![data.to_owned()], 0);
    while let Some(dir) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else {
            unread.push(dir);
            continue;
        };
        for entry in entries.flatten().take(FILES_MAX.saturating_sub(seen)) {
            seen += 1;
            // One that is gone meanwhile is nobody's.
            let Ok(found) = entry.metadata() else { continue };
            if found.uid() != owner {
                strangers.push(entry.path());
            }
            if found.is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    if let Some(first) = strangers.first() {
        let (count, first, data) = (strangers.len(), first.display(), data.display());
        report.wrong(
            "owner",
            format!("{count} files belong to another user than {data} does, one is {first}"),
            format!("a command was run as another user: chown -R DAEMON'S-USER {data}"),
        );
    }
    if let Some(first) = unread.first() {
        report.unknown(
            "owner",
            format!("{} cannot be listed", first.display()),
            "run the doctor as the daemon's user",
        );
    }
}

fn look_at_format(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "format";
    match check_format(&patient.archive.data) {
        Ok(()) => report.ok(CHECK, "this build knows it"),
        Err(store::Error::Missing(dir)) => report.wrong(
            CHECK,
            format!("there is no file `format` in {}", dir.display()),
            "if `rows` is there, restore `format` from a copy: it is one line and always the \
             same; else this is no archive",
        ),
        Err(error @ store::Error::Format { .. }) => report.wrong(
            CHECK,
            told(&error),
            "if the file was emptied, restore it from a copy; else use the build that wrote it",
        ),
        Err(error) => report.unknown(CHECK, told(&error), "run the doctor as the daemon's user"),
    }
}

fn look_at_tokens(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "tokens";
    match tokens::list(&patient.archive.tokens_file()) {
        Ok(tokens) if tokens.iter().any(|token| token.is_good_at(patient.now)) => {
            report.ok(CHECK, format!("{} were given out", tokens.len()));
        }
        Ok(_) => report.note(
            CHECK,
            "there is none that is good: nobody can search or check",
            "muniment token create NAME --role officer",
        ),
        Err(error) => report.wrong(
            CHECK,
            told(&error),
            "put it right, or move the file away and give out new tokens",
        ),
    }
}

fn look_at_room(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "disk";
    let config = patient.config.as_ref().map_or_else(LogConfig::default, |all| all.log.clone());
    let min = config.free_bytes_min;
    match free_bytes(&patient.archive.data) {
        Ok(free) if free < min.max(1) => report.wrong(
            CHECK,
            format!(
                "it is full: {} MiB are free, and with less than {} (log.free_bytes_min) nothing \
                 is taken in. Nothing is lost: the provider is told to send again, for some days",
                free / MIB,
                min / MIB
            ),
            "make room; the daemon goes on by itself, unless it ended: then start it",
        ),
        Ok(free) if free < min.saturating_mul(RESERVES_MIN) => report.note(
            CHECK,
            format!(
                "{} MiB are free; with less than {} nothing is taken in",
                free / MIB,
                min / MIB
            ),
            "make room soon",
        ),
        Ok(free) => report.ok(CHECK, format!("{} MiB are free", free / MIB)),
        Err(error) => report.unknown(CHECK, error.to_string(), "mount the disk"),
    }
    let keys = patient.has_keys.then(|| free_bytes(&patient.archive.keys));
    if keys.is_some_and(|free| free.is_ok_and(|free| free < KEYS_BYTES_MIN)) {
        report.wrong(
            CHECK,
            "there is no room for keys/log.checkpoint, without which nothing can be signed",
            "make room where the keys lie",
        );
    }
}

fn look_at_open_files(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "open files";
    let Some(config) = &patient.config else { return };
    let needed = files::needed(config);
    match files::allowed().filter(|allowed| *allowed < needed) {
        None => report.ok(CHECK, format!("{needed} may be needed, and are allowed")),
        Some(allowed) if patient.is_held() => report.note(
            CHECK,
            format!("{allowed} are allowed here, fewer than the {needed} that may be needed"),
            "nothing: the daemon that runs was allowed enough",
        ),
        Some(allowed) => report.wrong(
            CHECK,
            format!("the daemon will not start from here: {}", files::too_few(config, allowed)),
            "allow more open files, as it says",
        ),
    }
}
