//! Copies of an archive's data and keys, of before and of after a destruction.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{Archive, Record};
use crate::seal::{ArchiveIdentity, Error, Keyring};
use crate::store::Store;
use crate::store::tamper::copy_tree;

/// Opens a record of a copy of the data, with the keys in a directory.
fn opens(record: &Record, data: &Path, keys: &Path) -> Result<(), Error> {
    let store = Arc::new(Store::open_read_only(data).unwrap());
    let identity = ArchiveIdentity::load(&keys.join("identity.age"), None).unwrap();
    let keyring = Keyring::new(store, identity, vec![]);
    record.open(&keyring).map(drop)
}

#[test]
fn no_old_copy_of_the_data_opens_what_was_destroyed_with_the_keys_of_today() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let [gone, kept] = [0, 1].map(|index| archive.message(&keyring, index));
    let [data, keys] = ["old-data", "old-keys"].map(|name| archive.dir.path().join(name));
    archive.store.flush().unwrap();
    copy_tree(&archive.data(), &data);
    copy_tree(&archive.keys(), &keys);
    for record in [&gone, &kept] {
        opens(record, &data, &archive.keys()).unwrap();
    }
    archive.destroy(&gone);
    keyring.rekey(&BTreeSet::from([gone.kept.bucket.clone()])).unwrap();

    // The copy's rows are under a key whose share is no more: not even those kept open.
    for record in [&gone, &kept] {
        let refused = opens(record, &data, &archive.keys());
        assert!(matches!(refused, Err(Error::NoShare(_))), "{refused:?}");
    }
    opens(&kept, &archive.data(), &archive.keys()).unwrap();
    // The limit: whoever has old copies of both has what they had.
    opens(&gone, &data, &keys).unwrap();
    // And the data of today has nothing for the keys of old.
    let refused = opens(&kept, &archive.data(), &keys);
    assert!(matches!(refused, Err(Error::NoShare(_))), "{refused:?}");
}

#[test]
fn a_copy_that_was_made_while_keys_were_replaced_opens_nothing_of_what_is_destroyed_then() {
    let archive = Archive::new();
    let [gone, kept] = [0, 1].map(|index| archive.message(&archive.keyring(), index));
    let buckets = BTreeSet::from([gone.kept.bucket.clone()]);
    // Cut short when everything was under the second key already.
    archive.keyring().rekey(&buckets).unwrap();
    archive.keyring().make(super::RowName::new("message-2026-11", 3)).unwrap();
    let data = archive.dir.path().join("old-data");
    archive.store.flush().unwrap();
    copy_tree(&archive.data(), &data);
    archive.destroy(&gone);
    archive.keyring().rekey(&buckets).unwrap();
    for record in [&gone, &kept] {
        assert!(opens(record, &data, &archive.keys()).is_err());
    }
    opens(&kept, &archive.data(), &archive.keys()).unwrap();
}
