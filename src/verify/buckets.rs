//! The wrapped keys of the buckets.

use std::collections::{BTreeMap, BTreeSet};

use super::Counts;
use super::chunk::{Reader, size_of};
use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::seal::RowName;
use crate::store::rows::Family;

/// Checks that every row of a key that headers name is there, that every row has the name
/// of a bucket's key and the form of an age file and, with the archive's keys, that it
/// opens; of a key that was destroyed, that its share is gone.
///
/// A key that no header names is no finding: it was made for a record that a
/// crash or a duplicate kept out of the log.
pub(super) fn check(
    reader: &Reader<'_>,
    named: &BTreeSet<String>,
    counts: &mut Counts,
    findings: &mut Findings,
) {
    let mut missing: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    // Of each bucket, the newest key that there is or was.
    let mut newest: BTreeMap<String, u32> = BTreeMap::new();
    let mut scan = reader.store.scan(Family::Buckets, &[], None);
    loop {
        match scan.advance() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let place = Place::rows(Family::Buckets);
                let text =
                    format!("keys of buckets cannot be read from the disk ({})", told(&error));
                findings.add(place, FindingKind::Unreadable, text);
                break;
            }
        }
        let key = scan.key();
        counts.bytes += size_of(key) + size_of(scan.value());
        let Some(row) = std::str::from_utf8(key).ok().and_then(RowName::parse) else {
            let place = Place::row(Family::Buckets, hex::encode(key));
            let text = "a key for no bucket that there can be: somebody put it there";
            findings.add(place, FindingKind::Orphan, text);
            continue;
        };
        let name = row.to_string();
        let known = newest.entry(row.bucket().to_owned()).or_default();
        *known = row.generation().max(*known);
        let is_destroyed = scan.value().is_empty() && row.has_share();
        let checked = if is_destroyed {
            check_destroyed(reader, &name)
        } else {
            missing.remove(name.as_str());
            check_key(reader, &row, scan.value()).inspect(|()| counts.buckets += 1)
        };
        if let Err((kind, text)) = checked {
            findings.add(Place::row(Family::Buckets, name), kind, text);
        }
    }
    missing.retain(|name| !was_replaced(reader, name, &newest));
    for name in missing {
        check_missing(reader, name, findings);
    }
}

fn check_missing(reader: &Reader<'_>, name: &str, findings: &mut Findings) {
    let place = Place::row(Family::Buckets, name);
    match reader.store.bucket(name) {
        Ok(Some(row)) if row.is_empty() => {
            let text = "the bucket's key was destroyed, and records that are under it were not";
            findings.add(place, FindingKind::Missing, text);
        }
        Ok(Some(_)) => {}
        Ok(None) => {
            let text = "the bucket's key is gone: no record of this class and month opens";
            findings.add(place, FindingKind::Missing, text);
        }
        Err(error) => {
            let text = format!("the bucket's key cannot be read ({})", told(&error));
            findings.add(place, FindingKind::Unreadable, text);
        }
    }
}

/// Whether, while others write, a key that headers were under when they were read may have
/// been replaced, or destroyed with them.
fn was_replaced(reader: &Reader<'_>, name: &str, newest: &BTreeMap<String, u32>) -> bool {
    let row = RowName::parse(name).filter(|_| reader.scope.is_growing());
    row.is_some_and(|row| newest.get(row.bucket()).is_some_and(|known| *known >= row.generation()))
}

fn check_key(
    reader: &Reader<'_>,
    row: &RowName,
    wrapped: &[u8],
) -> Result<(), (FindingKind, String)> {
    if !wrapped.starts_with(b"age-encryption.org/v1\n-> ") {
        let text = "the bucket's key is not an age file: it was altered";
        return Err((FindingKind::Altered, text.to_owned()));
    }
    let Some(keyring) = reader.keyring else { return Ok(()) };
    match keyring.opens_bucket(row) {
        Ok(true) => Ok(()),
        // Destroyed since it was read.
        Ok(false) if reader.scope.is_growing() => Ok(()),
        Ok(false) => Err((FindingKind::Missing, "the bucket's key is no longer there".to_owned())),
        Err(error) => Err((FindingKind::DoesNotOpen, told(&error))),
    }
}

/// Checks that the share of a key that was destroyed is gone too.
fn check_destroyed(reader: &Reader<'_>, name: &str) -> Result<(), (FindingKind, String)> {
    let Some(keyring) = reader.keyring.filter(|_| !reader.scope.is_growing()) else {
        return Ok(());
    };
    let shares = keyring.shares();
    match shares.is_there(name) {
        Ok(false) => Ok(()),
        Ok(true) => {
            let text = format!(
                "the bucket's key was destroyed, and its share {} is still there: the work was \
                 cut short (the daemon, once started, finishes it), or an old copy of the shares \
                 was put back",
                shares.path(name).display()
            );
            Err((FindingKind::NotDestroyed, text))
        }
        Err(error) => Err((FindingKind::Unreadable, told(&error))),
    }
}
