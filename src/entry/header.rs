//! The header of a sealed body, on its way to the disk.

use std::ops::Deref;
use std::sync::Arc;

/// The age header of a sealed body: it holds the wrapped file key.
///
/// As long as it is not on disk, nobody can wrap it anew, and the key that wraps it
/// must stay: the header says so by what it keeps alive.
#[derive(Clone, Debug)]
pub struct Header {
    bytes: Vec<u8>,
    awaited: InUse,
}

/// Alive as long as something sealed under a key is on its way to the disk.
pub type InUse = Arc<()>;

impl Header {
    /// A header whose key is not to be destroyed before the header is on disk.
    pub const fn new(bytes: Vec<u8>, awaited: InUse) -> Self {
        Self { bytes, awaited }
    }

    /// Its bytes, and what is to be kept alive until they are on disk.
    pub fn into_parts(self) -> (Vec<u8>, InUse) {
        (self.bytes, self.awaited)
    }
}

impl Deref for Header {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A header that nobody waits for.
impl From<Vec<u8>> for Header {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, awaited: InUse::default() }
    }
}
