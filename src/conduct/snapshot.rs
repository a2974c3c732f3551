//! What is known, put aside so that a start need not read the whole log: one sealed file.
//!
//! ```text
//! file   = magic (8) number of the share, big-endian (4) salt (32) AES-256-GCM(JSON) tag (16)
//! key    = HKDF-SHA256(secret: key of the share, salt, info: label, the number)
//! ```
//!
//! It holds marks of people and times of what they wrote, so it is shredded as the records
//! are: its key is made of a share beside the identity (`conduct.1`, `conduct.2` …), and
//! after something was destroyed the next file is written under a new share, and the one
//! before destroyed. The file is derived: one that is lost, altered, of another log or
//! another build is made anew from the log.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;
use super::config::Measure;
use super::state::State;
use crate::aside::{self, PRIVATE, Points};
use crate::fault::Point;
use crate::seal::{self, Keyring, Purpose};
use crate::tlog::Hash;

/// Goes up when what is put aside, or how it is judged, changes.
const VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"MUNICON1";
const SALT_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + 4 + SALT_BYTES;
const LABEL: &[u8] = b"muniment conduct snapshot v1\0";

/// What the names of the shares begin with.
const SHARE: &str = "conduct.";

const NAME: &str = "findings";

/// The largest file that is read: far more than the limits of what is remembered give.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// How far the log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Every entry below was read.
    pub(super) size: u64,
    /// The leaf hash of the last of them; zeros where there is none.
    pub(super) last: Hash,
}

/// Where the file lies, and what opens it.
#[derive(Debug)]
pub(super) struct Snapshot {
    dir: PathBuf,
    keyring: Arc<Keyring>,
}

/// What is put aside.
#[derive(Serialize, Deserialize)]
struct Content<S> {
    v: u32,
    /// What it was judged by: by anything else it is judged anew.
    measure: String,
    position: Position,
    state: S,
}

impl Position {
    /// Nothing was read yet.
    pub(super) const START: Self = Self { size: 0, last: Hash::from_bytes([0; 32]) };
}

impl Snapshot {
    pub(super) const fn new(dir: PathBuf, keyring: Arc<Keyring>) -> Self {
        Self { dir, keyring }
    }

    /// What was put aside; `None` where nothing was.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub(super) fn read(&self, measure: &Measure) -> Result<Option<(Position, State)>, String> {
        let path = self.dir.join(NAME);
        let file = match fs::metadata(&path) {
            Ok(file) if file.len() > FILE_BYTES_MAX => return Err("it is too large".to_owned()),
            Ok(_) => fs::read(&path).map_err(|error| error.to_string())?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let plaintext = self.open(file)?;
        let content: Content<State> =
            serde_json::from_slice(&plaintext).map_err(|_| "it is of another build".to_owned())?;
        if content.v != VERSION {
            return Err("it is of another build".to_owned());
        }
        if content.measure != told(measure) {
            return Err("the configuration of [conduct] was changed".to_owned());
        }
        Ok(Some((content.position, content.state.restored())))
    }

    /// Puts aside what is known. With `anew`, what was put aside before opens with nothing
    /// any more when this returns.
    ///
    /// # Errors
    /// When the share or the file cannot be written.
    pub(super) fn write(
        &self,
        measure: &Measure,
        position: Position,
        state: &State,
        anew: bool,
    ) -> Result<(), Error> {
        let generations = self.generations()?;
        let newest = generations.last().copied();
        let generation = match newest {
            Some(newest) if !anew => newest,
            newest => {
                let next = newest.map_or(1, |newest| newest.saturating_add(1));
                self.keyring.shares().make(&name_of(next)).map_err(Error::Keys)?;
                next
            }
        };
        let content = Content { v: VERSION, measure: told(measure), position, state };
        let plaintext = serde_json::to_vec(&content).expect("numbers and words are JSON");
        let sealed = self.seal(generation, Zeroizing::new(plaintext))?;
        let path = self.dir.join(NAME);
        let failed = |source| Error::Io { step: "write", path: path.clone(), source };
        let points = Points::one(Point::ConductSnapshot);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .and_then(|()| aside::replace(&path, &sealed, PRIVATE, points))
            .map_err(failed)?;
        for old in generations.into_iter().filter(|old| *old != generation) {
            self.keyring.shares().destroy(&name_of(old)).map_err(Error::Keys)?;
        }
        Ok(())
    }

    /// Lets go of what was put aside, and of what opens it.
    ///
    /// # Errors
    /// When the file or a share cannot be removed.
    pub(super) fn remove(&self) -> Result<(), Error> {
        let path = self.dir.join(NAME);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(Error::Io { step: "remove", path, source });
            }
            Ok(()) | Err(_) => {}
        }
        for old in self.generations()? {
            self.keyring.shares().destroy(&name_of(old)).map_err(Error::Keys)?;
        }
        Ok(())
    }

    /// The numbers of all shares, in order.
    fn generations(&self) -> Result<Vec<u32>, Error> {
        let names = self.keyring.shares().names().map_err(Error::Keys)?;
        let mut numbers: Vec<u32> = names.iter().filter_map(|name| generation_of(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn key(&self, generation: u32, salt: &[u8]) -> Result<Option<LessSafeKey>, seal::Error> {
        let name = name_of(generation);
        let Some(share) = self.keyring.shares().find(&name)? else { return Ok(None) };
        let secret = self.keyring.derive_with(Purpose::Conduct, &share, &name)?;
        let mut key = Zeroizing::new([0; 32]);
        let number = generation.to_be_bytes();
        Salt::new(HKDF_SHA256, salt)
            .extract(secret.as_slice())
            .expand(&[LABEL, &number], HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
            .expect("32 bytes are within HKDF's bound");
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("the key has 32 bytes");
        Ok(Some(LessSafeKey::new(key)))
    }

    fn seal(&self, generation: u32, plaintext: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, Error> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|error| Error::Keys(seal::Error::Random(error)))?;
        let key = self.key(generation, &salt).map_err(Error::Keys)?;
        let gone = || seal::Error::NoShare(self.keyring.shares().path(&name_of(generation)));
        let key = key.ok_or_else(|| Error::Keys(gone()))?;
        let number = generation.to_be_bytes();
        let mut file = [MAGIC.as_slice(), &number, &salt].concat();
        file.reserve(plaintext.len() + MAX_TAG_LEN);
        file.extend_from_slice(&plaintext);
        let body = file.get_mut(HEADER_BYTES..).expect("the header was just written");
        let tag = key
            .seal_in_place_separate_tag(nonce_of_one(), Aad::empty(), body)
            .expect("a snapshot is far below the algorithm's limit");
        file.extend_from_slice(tag.as_ref());
        Ok(file)
    }

    fn open(&self, file: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut file = Zeroizing::new(file);
        let altered = || "it was altered or cut off".to_owned();
        let (header, body) = file.split_at_mut_checked(HEADER_BYTES).ok_or_else(altered)?;
        let rest = header.strip_prefix(MAGIC.as_slice()).ok_or("it is of another build")?;
        let (number, salt) = rest.split_first_chunk().ok_or_else(altered)?;
        let generation = u32::from_be_bytes(*number);
        let key = self.key(generation, salt).map_err(|error| error.to_string())?;
        let key = key.ok_or("the share of its key is gone")?;
        let opened = key.open_in_place(nonce_of_one(), Aad::empty(), body);
        let plaintext = opened.map_err(|_| altered())?;
        Ok(Zeroizing::new(plaintext.to_vec()))
    }
}

/// Each key seals one file.
fn nonce_of_one() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// What messages are judged by, to be compared.
fn told(measure: &Measure) -> String {
    format!("{measure:?}")
}

fn name_of(generation: u32) -> String {
    format!("{SHARE}{generation}")
}

fn generation_of(name: &str) -> Option<u32> {
    let generation = name.strip_prefix(SHARE)?.parse().ok()?;
    // `conduct.01` is another file.
    (name_of(generation) == name).then_some(generation)
}

#[cfg(test)]
mod tests;
