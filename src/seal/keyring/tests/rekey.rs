//! Other keys for buckets, while sealing and opening go on.

use std::collections::BTreeSet;

use super::{Archive, now, text};
use crate::record::Class;
use crate::seal::{Error, Rekeyed, header};

const BUCKET: &str = "message-2026-11";

fn buckets() -> BTreeSet<String> {
    BTreeSet::from([BUCKET.to_owned()])
}

fn rows(archive: &Archive) -> Vec<(String, bool)> {
    let rows = archive.keyring().rows_of(BUCKET).unwrap();
    rows.into_iter().map(|row| (row.name.to_string(), row.is_live)).collect()
}

#[test]
fn survivors_open_under_another_key_and_the_old_one_is_gone_with_its_share() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let records: Vec<_> = (0..20).map(|index| archive.message(&keyring, index)).collect();
    let other = keyring.seal(Class::Status, now(), text(20).as_bytes()).unwrap();
    let other = archive.keep(20, other);
    let (destroyed, kept): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| record.index.get() % 3 == 0);
    destroyed.iter().for_each(|record| archive.destroy(record));
    for record in &destroyed {
        assert!(record.open_copy(&keyring).is_ok(), "a copy of its header still opens it");
    }
    let rekeyed = keyring.rekey(&buckets()).unwrap();
    assert_eq!(rekeyed, Rekeyed { survivors: 13, keys_destroyed: 1 });
    assert_eq!(rows(&archive), [(format!("{BUCKET}.2"), true)]);
    assert_eq!(keyring.shares().names().unwrap(), [&format!("{BUCKET}.2"), "status-2026-11.1"]);
    for keyring in [keyring, archive.keyring()] {
        kept.iter().for_each(|record| record.assert_opens(&keyring));
        other.assert_opens(&keyring);
        for record in &records {
            assert!(matches!(record.open_copy(&keyring), Err(Error::NoBucket(_))));
        }
        assert_eq!(keyring.half_rekeyed().unwrap(), BTreeSet::new());
    }
    let more = archive.message(&archive.keyring(), 21);
    assert_eq!(header::row_of(&more.header).unwrap().generation(), 2);
}

#[test]
fn a_bucket_without_records_has_no_key_and_its_next_one_is_new() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let record = archive.message(&keyring, 0);
    archive.destroy(&record);
    let rekeyed = keyring.rekey(&buckets()).unwrap();
    assert_eq!(rekeyed, Rekeyed { survivors: 0, keys_destroyed: 1 });
    assert_eq!(rows(&archive), [(format!("{BUCKET}.1"), false)]);
    assert!(keyring.shares().names().unwrap().is_empty());
    assert_eq!(keyring.rekey(&buckets()).unwrap(), Rekeyed::default(), "and once more");
    for (index, keyring) in (1..).zip([keyring, archive.keyring()]) {
        let next = archive.message(&keyring, index);
        assert_eq!(header::row_of(&next.header).unwrap().generation(), 2);
        next.assert_opens(&archive.keyring());
        assert!(record.open_copy(&keyring).is_err());
    }
    assert!(keyring_of_nothing(&archive));
}

/// A bucket that never had a key is no matter.
fn keyring_of_nothing(archive: &Archive) -> bool {
    let never = BTreeSet::from(["call-1999-01".to_owned()]);
    archive.keyring().rekey(&never).unwrap() == Rekeyed::default()
}

#[test]
fn what_was_sealed_before_and_is_written_later_is_waited_for() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let sealed = keyring.seal(Class::Message, now(), text(7).as_bytes()).unwrap();
    let refused = keyring.rekey_looking(&buckets(), 2).unwrap_err();
    assert!(matches!(refused, Error::InUse(bucket) if bucket == BUCKET));
    assert_eq!(rows(&archive), [(format!("{BUCKET}.1"), true)], "nothing was destroyed");
    let more = archive.message(&keyring, 8);
    assert_eq!(header::row_of(&more.header).unwrap().generation(), 2, "no longer under the old");
    let record = std::thread::scope(|scope| {
        let rekeying = scope.spawn(|| keyring.rekey(&buckets()));
        let record = archive.keep(7, sealed);
        let rekeyed = rekeying.join().unwrap().unwrap();
        assert_eq!(rekeyed.keys_destroyed, 2);
        record
    });
    record.assert_opens(&archive.keyring());
    more.assert_opens(&archive.keyring());
    // Given up, it is not waited for.
    drop(keyring.seal(Class::Message, now(), b"a duplicate").unwrap());
    keyring.rekey_looking(&buckets(), 1).unwrap();
}

#[test]
fn a_header_that_was_read_before_opens_after_all() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let record = archive.message(&keyring, 3);
    let gone = archive.message(&keyring, 4);
    archive.destroy(&gone);
    keyring.rekey(&buckets()).unwrap();
    let opened = keyring.open(&record.kept, &record.header, &record.body).unwrap();
    assert_eq!(opened.as_slice(), text(3).as_bytes());
    let refused = keyring.open(&gone.kept, &gone.header, &gone.body);
    assert!(matches!(refused, Err(Error::NoBucket(_))));
}

#[test]
fn a_survivor_that_cannot_be_rewrapped_keeps_the_key() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let records: Vec<_> = (0..5).map(|index| archive.message(&keyring, index)).collect();
    let damaged = &records[2];
    let mut header = damaged.header.clone();
    let middle = header.len() / 2;
    header[middle] ^= 1;
    let family = crate::store::rows::Family::Headers;
    archive.store.put_raw(family, &2_u64.to_be_bytes(), &header);
    let refused = keyring.rekey(&buckets()).unwrap_err();
    assert!(matches!(refused, Error::Survivor { entry } if entry == damaged.index), "{refused}");
    for record in records.iter().filter(|record| record.index != damaged.index) {
        record.assert_opens(&archive.keyring());
    }
    assert!(damaged.open_copy(&archive.keyring()).is_ok(), "the key is still there");
    archive.store.put_raw(family, &2_u64.to_be_bytes(), &damaged.header);
    keyring.rekey(&buckets()).unwrap();
    records.iter().for_each(|record| record.assert_opens(&archive.keyring()));
    assert!(damaged.open_copy(&archive.keyring()).is_err());
}

#[test]
fn what_was_cut_short_is_seen_and_finished() {
    let archive = Archive::new();
    let record = archive.message(&archive.keyring(), 0);
    // A second key was made, and nothing more.
    archive.keyring().make(super::RowName::new(BUCKET, 2)).unwrap();
    assert_eq!(archive.keyring().half_rekeyed().unwrap(), buckets());
    let keyring = archive.keyring();
    let more = archive.message(&keyring, 1);
    assert_eq!(header::row_of(&more.header).unwrap().generation(), 2);
    let rekeyed = keyring.rekey(&buckets()).unwrap();
    assert_eq!(rekeyed, Rekeyed { survivors: 2, keys_destroyed: 2 });
    for one in [&record, &more] {
        one.assert_opens(&archive.keyring());
        assert!(one.open_copy(&archive.keyring()).is_err());
    }
    // The row was emptied, and the share was not removed.
    for one in [&record, &more] {
        archive.destroy(one);
    }
    let mut commit = crate::store::Commit::default();
    commit.empty_bucket(&format!("{BUCKET}.3"));
    archive.store.commit(commit).unwrap();
    assert_eq!(archive.keyring().half_rekeyed().unwrap(), buckets());
    archive.keyring().rekey(&buckets()).unwrap();
    assert!(archive.keyring().shares().names().unwrap().is_empty());
    assert_eq!(archive.keyring().half_rekeyed().unwrap(), BTreeSet::new());
}

#[test]
fn keys_of_before_there_were_shares_are_replaced_too() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let old = keyring.make(super::RowName::new(BUCKET, 0)).unwrap();
    let id = super::new_id(now()).unwrap();
    let sealed =
        super::envelope::seal(&old, super::InUse::default(), id, Class::Message, b"message 0");
    let record = archive.keep(0, sealed.unwrap());
    let rekeyed = keyring.rekey(&buckets()).unwrap();
    assert_eq!(rekeyed, Rekeyed { survivors: 1, keys_destroyed: 1 });
    assert_eq!(rows(&archive), [(format!("{BUCKET}.1"), true)]);
    record.assert_opens(&archive.keyring());
    assert!(record.open_copy(&archive.keyring()).is_err());
}

#[test]
fn sealing_and_opening_go_on_while_keys_are_replaced() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let first: Vec<_> = (0..50).map(|index| archive.message(&keyring, index)).collect();
    let later = std::thread::scope(|scope| {
        let rekeying = scope.spawn(|| {
            for _ in 0..8 {
                keyring.rekey(&buckets()).unwrap();
            }
        });
        let mut later = vec![];
        let mut index = 50;
        while !rekeying.is_finished() || index < 80 {
            later.push(archive.message(&keyring, index));
            index += 1;
            first.iter().for_each(|record| record.assert_opens(&keyring));
        }
        rekeying.join().unwrap();
        later
    });
    let keyring = archive.keyring();
    first.iter().chain(&later).for_each(|record| record.assert_opens(&keyring));
    assert!(first.iter().all(|record| record.open_copy(&keyring).is_err()));
}
