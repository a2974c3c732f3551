//! The wrapped keys of the buckets.

use std::collections::BTreeSet;

use super::Counts;
use super::chunk::{Reader, size_of};
use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::record::Class;
use crate::seal::DERIVED_BUCKET;
use crate::store::rows::Family;

/// Checks that every bucket that entries name has a key, that every key has the
/// name of a bucket and the form of an age file and, with the archive's keys, that
/// it opens.
///
/// A bucket that no entry names is no finding: it was made for a record that a
/// crash or a duplicate kept out of the log.
pub(super) fn check(
    reader: &Reader<'_>,
    named: &BTreeSet<String>,
    counts: &mut Counts,
    findings: &mut Findings,
) {
    let mut missing: BTreeSet<&str> = named.iter().map(String::as_str).collect();
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
        let Some(name) = std::str::from_utf8(key).ok().filter(|name| is_bucket(name)) else {
            let place = Place::row(Family::Buckets, hex::encode(key));
            let text = "a key for no bucket that there can be: somebody put it there";
            findings.add(place, FindingKind::Orphan, text);
            continue;
        };
        missing.remove(name);
        match check_key(reader, name, scan.value()) {
            Ok(()) => counts.buckets += 1,
            Err((kind, text)) => findings.add(Place::row(Family::Buckets, name), kind, text),
        }
    }
    for name in missing {
        match reader.store.bucket(name) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let text = "the bucket's key is gone: no record of this class and month opens";
                findings.add(Place::row(Family::Buckets, name), FindingKind::Missing, text);
            }
            Err(error) => {
                let text = format!("the bucket's key cannot be read ({})", told(&error));
                findings.add(Place::row(Family::Buckets, name), FindingKind::Unreadable, text);
            }
        }
    }
}

fn check_key(reader: &Reader<'_>, name: &str, wrapped: &[u8]) -> Result<(), (FindingKind, String)> {
    if !wrapped.starts_with(b"age-encryption.org/v1\n-> ") {
        let text = "the bucket's key is not an age file: it was altered";
        return Err((FindingKind::Altered, text.to_owned()));
    }
    let Some(keyring) = reader.keyring else { return Ok(()) };
    match keyring.opens_bucket(name) {
        Ok(true) => Ok(()),
        Ok(false) => Err((FindingKind::Missing, "the bucket's key is no longer there".to_owned())),
        Err(error) => Err((FindingKind::DoesNotOpen, told(&error))),
    }
}

/// Whether buckets have such names: a class and a month, or that of the derived keys.
fn is_bucket(name: &str) -> bool {
    if name == DERIVED_BUCKET {
        return true;
    }
    let mut parts = name.splitn(3, '-');
    let (class, year, month) = (parts.next(), parts.next(), parts.next());
    let digits = |text: Option<&str>, width: usize| {
        text.is_some_and(|text| text.len() == width && text.bytes().all(|b| b.is_ascii_digit()))
    };
    class.is_some_and(|class| class.parse::<Class>().is_ok()) && digits(year, 4) && digits(month, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_after_a_class_and_a_month() {
        for name in ["derived", "message-2026-11", "unrecognised-1999-01"] {
            assert!(is_bucket(name), "{name}");
        }
        for name in ["", "message", "mail-2026-11", "message-26-11", "message-2026-11-1"] {
            assert!(!is_bucket(name), "{name}");
        }
    }
}
