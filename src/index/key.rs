//! The key of the index, and where its share lies.
//!
//! The index has a key of its own, made of one that the archive's identity opens and of a
//! share beside the identity (`seal`): with the share dies the key, and what was under it.
//! Shares are named `index.1`, `index.2` …; the file `format` says which one the files of
//! the index are under.
//!
//! To replace the key, the next share is made, every file put under the new key, the
//! format file written, and the share before destroyed. A crash leaves two shares: the
//! next opening does the rest.

use std::collections::BTreeSet;
use std::fmt;

use ring::hmac;
use zeroize::Zeroizing;

use crate::seal::{Error, Keyring, Purpose};

/// What the names of the shares begin with.
const SHARE: &str = "index.";

/// One key of the index.
pub(super) struct IndexKey {
    /// The number of its share.
    pub(super) generation: u32,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

/// The keys that there are, by their shares.
#[derive(Debug)]
pub(super) struct IndexKeys<'a>(pub(super) &'a Keyring);

impl IndexKeys<'_> {
    /// The numbers of all shares.
    pub(super) fn generations(&self) -> Result<BTreeSet<u32>, Error> {
        let names = self.0.shares().names()?;
        let numbers = names.iter().filter_map(|name| generation_of(name));
        Ok(numbers.collect())
    }

    /// The key of a number; `None` where its share was destroyed or lost.
    pub(super) fn find(&self, generation: u32) -> Result<Option<IndexKey>, Error> {
        let name = name_of(generation);
        let share = self.0.shares().find(&name)?;
        let derived = share.map(|share| self.0.derive_with(Purpose::Index, &share, &name));
        Ok(derived.transpose()?.map(|bytes| IndexKey { generation, bytes }))
    }

    /// Makes the key that comes after all others.
    pub(super) fn make(&self) -> Result<IndexKey, Error> {
        let generation = self.generations()?.last().map_or(1, |last| last.saturating_add(1));
        let name = name_of(generation);
        let share = self.0.shares().make(&name)?;
        let bytes = self.0.derive_with(Purpose::Index, &share, &name)?;
        Ok(IndexKey { generation, bytes })
    }

    /// Destroys all keys but one.
    pub(super) fn keep_only(&self, key: &IndexKey) -> Result<(), Error> {
        for generation in self.generations()? {
            if generation != key.generation {
                self.0.shares().destroy(&name_of(generation))?;
            }
        }
        Ok(())
    }
}

impl IndexKey {
    /// What tells this key from others, and nothing else of it.
    pub(super) fn check(&self) -> [u8; 8] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes.as_ref());
        let check = hmac::sign(&key, b"muniment/index/format");
        *check.as_ref().first_chunk().expect("an HMAC-SHA256 tag has 32 bytes")
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexKey({})", self.generation)
    }
}

fn name_of(generation: u32) -> String {
    format!("{SHARE}{generation}")
}

fn generation_of(name: &str) -> Option<u32> {
    let generation = name.strip_prefix(SHARE)?.parse().ok()?;
    // `index.01` is another file.
    (name_of(generation) == name).then_some(generation)
}
