//! How a file is sealed.
//!
//! ```text
//! file     = magic (8) salt (32) wrapped file key (48) chunk…
//! wrapped  = AES-256-GCM(32 random bytes) under the wrapping key, nonce 0
//! chunk    = AES-256-GCM(up to 16 KiB of content) tag (16) under the content key
//! nonce    = 0 (3) chunk number, big-endian (8) last (1: 0 or 1)
//! wrapping = HKDF-SHA256(secret: index key, salt, info: label, name of the file)
//! content  = HKDF-SHA256(secret: file key, info: another label, name of the file)
//! ```
//!
//! Every file has a random key of its own, so that numbers serve as nonces, and the index
//! key can be replaced by writing the first 88 bytes of each file anew. Every header has a
//! salt of its own, so that each wrapping key wraps once.
//!
//! All chunks but the last are full; an empty file has one empty chunk. The number in the
//! nonce finds chunks that were moved, the mark of the last one a file that was
//! cut off between two chunks (the STREAM construction of Hoang, Reyhanitabar,
//! Rogaway and Vizár), the name in both keys a file under another's name. A header put
//! before another file's chunks gives a key that opens none of them.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

/// Content bytes of every chunk but the last.
pub(super) const CHUNK_BYTES: usize = 16 * 1024;

/// Bytes that sealing adds to a chunk.
pub(super) const TAG_BYTES: usize = MAX_TAG_LEN;

/// Bytes of every sealed chunk but the last.
pub(super) const SEALED_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Bytes before the first chunk.
pub(super) const HEADER_BYTES: usize = MAGIC.len() + SALT_BYTES + WRAPPED_BYTES;

const MAGIC: [u8; 8] = *b"MUNINDX2";
const SALT_BYTES: usize = 32;
const WRAPPED_BYTES: usize = 32 + TAG_BYTES;
const WRAPPING_LABEL: &[u8] = b"muniment index header v2\0";
const CONTENT_LABEL: &[u8] = b"muniment index file v2\0";

/// The secret under which the keys of the files are wrapped.
#[derive(PartialEq)]
pub(super) struct IndexKey(Zeroizing<[u8; 32]>);

/// The secret of one file, from its beginning to its end.
pub(super) struct FileKey(Zeroizing<[u8; 32]>);

/// The beginning of a file.
pub(super) struct Header {
    salt: [u8; SALT_BYTES],
    wrapped: [u8; WRAPPED_BYTES],
}

/// Tells contents apart in the cache: derived with the content key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileId([u8; 16]);

/// Seals and opens the chunks of one file.
pub(super) struct FileCipher {
    key: LessSafeKey,
    id: FileId,
}

/// Where a chunk stands in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) last: bool,
}

/// The content's length and chunks, as the length of the file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) content_bytes: usize,
    pub(super) chunks: usize,
}

impl IndexKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The key that wraps the file key of one header, once.
    fn wrapping(&self, salt: &[u8; SALT_BYTES], name: &str) -> LessSafeKey {
        let mut key = Zeroizing::new([0; 32]);
        derive(salt, &self.0, &[WRAPPING_LABEL, name.as_bytes()], key.as_mut_slice());
        aes(&key)
    }
}

impl FileKey {
    /// The key of a new file.
    pub(super) fn random() -> std::io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(std::io::Error::other)?;
        Ok(Self(key))
    }
}

impl Header {
    /// A header that holds a file's key.
    pub(super) fn wrap(file: &FileKey, key: &IndexKey, name: &str) -> std::io::Result<Self> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(std::io::Error::other)?;
        let mut wrapped = [0; WRAPPED_BYTES];
        let (content, tag) = wrapped.split_at_mut(32);
        content.copy_from_slice(file.0.as_slice());
        let sealed = key
            .wrapping(&salt, name)
            .seal_in_place_separate_tag(nonce_of_one(), Aad::empty(), content)
            .expect("32 bytes are far below the algorithm's limit");
        tag.copy_from_slice(sealed.as_ref());
        Ok(Self { salt, wrapped })
    }

    /// The file's key; `None` where it was not wrapped under this key and name.
    pub(super) fn unwrap(&self, key: &IndexKey, name: &str) -> Option<FileKey> {
        let mut wrapped = Zeroizing::new(self.wrapped);
        let opened = key.wrapping(&self.salt, name).open_in_place(
            nonce_of_one(),
            Aad::empty(),
            wrapped.as_mut_slice(),
        );
        let content: &[u8] = opened.ok()?;
        Some(FileKey(Zeroizing::new(content.try_into().ok()?)))
    }

    pub(super) fn read(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (salt, wrapped) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
        Some(Self { salt: *salt, wrapped: wrapped.try_into().ok()? })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &self.salt, &self.wrapped].concat()
    }
}

/// A length of output.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(salt: &[u8], secret: &[u8; 32], info: &[&[u8]], out: &mut [u8]) {
    Salt::new(HKDF_SHA256, salt)
        .extract(secret)
        .expand(info, Bytes(out.len()))
        .and_then(|output| output.fill(out))
        .expect("48 bytes are within what HKDF gives");
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

/// For a key that seals once.
fn nonce_of_one() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

impl FileCipher {
    pub(super) fn of(file: &FileKey, name: &str) -> Self {
        let mut derived = Zeroizing::new([0; 48]);
        derive(&[], &file.0, &[CONTENT_LABEL, name.as_bytes()], derived.as_mut_slice());
        let (key, id) = derived.split_first_chunk::<32>().expect("48 bytes begin with 32");
        let id = FileId(*id.first_chunk().expect("48 bytes less 32 are 16"));
        Self { key: aes(key), id }
    }

    pub(super) const fn id(&self) -> FileId {
        self.id
    }

    /// Seals a chunk in place and puts the tag behind it.
    pub(super) fn seal(&self, place: Place, chunk: &mut Vec<u8>) {
        self.key
            .seal_in_place_append_tag(place.nonce(), Aad::empty(), chunk)
            .expect("a chunk is far below the algorithm's limit");
    }

    /// Opens a chunk in place; `None` where it is not the one sealed at this
    /// place of this file.
    pub(super) fn open<'a>(&self, place: Place, sealed: &'a mut [u8]) -> Option<&'a [u8]> {
        let content = self.key.open_in_place(place.nonce(), Aad::empty(), sealed).ok()?;
        Some(content)
    }
}

impl Place {
    fn nonce(self) -> Nonce {
        let [a, b, c, d, e, f, g, h] = self.number.to_be_bytes();
        Nonce::assume_unique_for_key([0, 0, 0, a, b, c, d, e, f, g, h, u8::from(self.last)])
    }
}

impl Extent {
    /// `None` for a length that no sealed file has.
    pub(super) fn of_file(file_bytes: u64) -> Option<Self> {
        let sealed = usize::try_from(file_bytes).ok()?.checked_sub(HEADER_BYTES)?;
        let chunks = sealed.div_ceil(SEALED_BYTES);
        let content_bytes = sealed.checked_sub(chunks.checked_mul(TAG_BYTES)?)?;
        let proper = chunks.max(1) == content_bytes.div_ceil(CHUNK_BYTES).max(1) && chunks > 0;
        proper.then_some(Self { content_bytes, chunks })
    }

    /// Where a chunk stands.
    pub(super) fn place(self, chunk: usize) -> Place {
        Place { number: chunk as u64, last: chunk + 1 == self.chunks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extent_of_every_length_is_that_of_one_content() {
        let mut lengths = std::collections::BTreeMap::new();
        for content in
            [0, 1, 15, 16, 17, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
        {
            let chunks = content.div_ceil(CHUNK_BYTES).max(1);
            let file = (HEADER_BYTES + content + chunks * TAG_BYTES) as u64;
            lengths.insert(file, Extent { content_bytes: content, chunks });
        }
        for (file, extent) in lengths {
            assert_eq!(Extent::of_file(file), Some(extent), "{file}");
        }
    }

    #[test]
    fn a_length_within_a_tag_is_none() {
        let whole = (HEADER_BYTES + SEALED_BYTES) as u64;
        for file in (0..HEADER_BYTES as u64 + 16).chain(whole + 1..=whole + 16) {
            assert_eq!(Extent::of_file(file), None, "{file}");
        }
    }

    #[test]
    fn every_place_has_its_own_nonce() {
        let places = [(0, false), (0, true), (1, false), (1, true), (256, false), (u64::MAX, true)];
        let nonces = places.map(|(number, last)| *Place { number, last }.nonce().as_ref());
        let distinct: std::collections::BTreeSet<_> = nonces.iter().collect();
        assert_eq!(distinct.len(), places.len());
    }
}
