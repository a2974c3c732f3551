//! A sealed body changed in the rows, through the database's own library.
//!
//! So does a careful forger who may write to the disk: every checksum beneath the
//! log is right afterwards, and nothing but the log's digest is left to tell.

use std::path::Path;

use anyhow::Context as _;
use muniment::entry::codec;
use muniment::store::{Commit, Store, StoreConfig};
use muniment::tlog::LeafIndex;

/// Flips a bit in the middle of an entry's sealed body; which byte, and of how many.
pub fn flip_a_bit(data: &Path, index: u64) -> anyhow::Result<(usize, usize)> {
    let index = LeafIndex::new(index);
    let store = Store::open(data, &StoreConfig::default()).context("the copy does not open")?;
    let leaf = store.leaf(index)?.context("the copy has no such entry")?;
    let entry = codec::decode(&leaf).context("the entry does not read")?;
    let record = entry.kept().context("the entry binds no record")?.record;
    let header = store.header(index)?.context("the record has no header")?;
    let mut body = store.body(index)?.context("the record has no body")?;
    let size = body.len();
    let middle = size / 2;
    *body.get_mut(middle).context("the body has no middle")? ^= 1;
    let mut commit = Commit::default();
    commit.put_sealed(index, record, header.into(), body);
    store.commit(commit)?;
    store.flush()?;
    Ok((middle, size))
}

#[cfg(test)]
mod tests {
    use muniment::entry::{Entry, Event, Kept};
    use muniment::record::{Class, RecordId};
    use muniment::tlog::hash::sha256;

    use super::*;

    #[test]
    fn one_bit_of_the_body_is_changed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let (index, record) = (LeafIndex::new(7), RecordId::from_bytes([1; 16]));
        let kept = Kept {
            record,
            class: Class::Message,
            bucket: "message-2026-11".to_owned(),
            sealed_sha256: sha256(b"sealed"),
            sealed_size: 6,
            commitment: sha256(b"commitment"),
        };
        let event = Event::Captured { kept, delivery: None };
        let time = "2026-11-21T08:00:00Z".parse().unwrap();
        let entry = Entry { index, time, event, prev: sha256(b"before") };
        let store = Store::create(&data, &StoreConfig::default()).unwrap();
        let mut commit = Commit::default();
        commit.put_leaf(index, codec::encode(&entry));
        commit.put_sealed(index, record, b"header".to_vec().into(), b"sealed".to_vec());
        store.commit(commit).unwrap();
        drop(store);

        assert_eq!(flip_a_bit(&data, 7).unwrap(), (3, 6));
        let store = Store::open_read_only(&data).unwrap();
        assert_eq!(store.body(index).unwrap().unwrap(), b"seamed");
        assert_eq!(store.header(index).unwrap().unwrap(), b"header");
        assert_eq!(codec::decode(&store.leaf(index).unwrap().unwrap()).unwrap(), entry);
        assert!(flip_a_bit(&data, 8).is_err());
    }
}
