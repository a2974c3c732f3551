//! Shares: secrets that lie beside the archive's identity and never in its data, so
//! that a key made of one dies with it, whatever copies of the data there are.
//!
//! A share is a small file of its own, `docs/FORMAT.md` §10. It is on disk when
//! [`Shares::make`] returns, and overwritten and gone when [`Shares::destroy`] does. As
//! far as the file system lets it be: what a disk keeps of overwritten blocks, and
//! copies of the shares themselves, are the operator's (`docs/OPERATING.md`).

mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::hkdf;
use zeroize::Zeroizing;

use super::Error;
use crate::aside;

/// Bytes of a share.
const SHARE_BYTES: usize = 32;

/// The longest name of a share.
const NAME_BYTES_MAX: usize = 64;

/// The folder of shares beside an identity's file.
const FOLDER: &str = "shares";

/// The shares of an archive.
#[derive(Debug)]
pub struct Shares {
    place: Place,
    /// Held while one is made, replaced or destroyed.
    changing: Mutex<()>,
}

/// A secret of 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Share(Zeroizing<[u8; SHARE_BYTES]>);

#[derive(Debug)]
enum Place {
    /// A folder with a file for each.
    Folder(PathBuf),
    /// Gone with the process, as an identity that was never written to a file.
    Memory(Mutex<BTreeMap<String, Share>>),
}

impl Shares {
    /// The shares in a folder, which is made with the first of them.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { place: Place::Folder(folder), changing: Mutex::default() }
    }

    /// The shares that belong to an identity's file: in `shares` beside it.
    pub fn beside(identity_file: &Path) -> Self {
        Self::in_folder(identity_file.with_file_name(FOLDER))
    }

    /// Shares that live as long as this.
    pub(super) fn in_memory() -> Self {
        Self { place: Place::Memory(Mutex::default()), changing: Mutex::default() }
    }

    /// Draws a share; it is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::ShareExists`], or when it could not be drawn or written.
    pub fn make(&self, name: &str) -> Result<Share, Error> {
        let _changing = lock(&self.changing);
        if self.is_there(name)? {
            return Err(Error::ShareExists(self.path(name)));
        }
        let share = Share::draw()?;
        match &self.place {
            Place::Folder(folder) => {
                files::make_folder(folder)?;
                files::write(&self.path(name), &share)?;
            }
            Place::Memory(shares) => {
                lock(shares).insert(name.to_owned(), share.clone());
            }
        }
        Ok(share)
    }

    /// Reads a share.
    ///
    /// # Errors
    /// [`Error::NoShare`], which says what to do, where there is none; [`Error::BadShare`]
    /// where what there is is none.
    pub fn read(&self, name: &str) -> Result<Share, Error> {
        self.find(name)?.ok_or_else(|| Error::NoShare(self.path(name)))
    }

    /// Reads a share; `None` where there is none.
    ///
    /// # Errors
    /// As [`Shares::read`].
    pub fn find(&self, name: &str) -> Result<Option<Share>, Error> {
        match &self.place {
            Place::Folder(_) => files::read(&self.path(name)),
            Place::Memory(shares) => Ok(lock(shares).get(name).cloned()),
        }
    }

    /// Puts a newly drawn share in the place of one. The new one is on disk before the old
    /// one is overwritten: a crash leaves one of the two.
    ///
    /// # Errors
    /// When it could not be drawn or written.
    pub fn replace(&self, name: &str) -> Result<Share, Error> {
        let _changing = lock(&self.changing);
        let share = Share::draw()?;
        match &self.place {
            Place::Folder(folder) => {
                files::make_folder(folder)?;
                files::replace(&self.path(name), &share)?;
            }
            Place::Memory(shares) => {
                lock(shares).insert(name.to_owned(), share.clone());
            }
        }
        Ok(share)
    }

    /// Destroys a share: what was wrapped with it can never be opened again. One that is
    /// not there is destroyed already.
    ///
    /// # Errors
    /// When it could not be overwritten or removed.
    pub fn destroy(&self, name: &str) -> Result<(), Error> {
        let _changing = lock(&self.changing);
        match &self.place {
            Place::Folder(_) => files::destroy(&self.path(name)),
            Place::Memory(shares) => {
                lock(shares).remove(name);
                Ok(())
            }
        }
    }

    /// The names of all of them, in order.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        match &self.place {
            Place::Folder(folder) => files::names(folder),
            Place::Memory(shares) => Ok(lock(shares).keys().cloned().collect()),
        }
    }

    /// Where a share lies, for telling people.
    pub fn path(&self, name: &str) -> PathBuf {
        debug_assert!(is_name(name), "a share's name is a file's name");
        match &self.place {
            Place::Folder(folder) => folder.join(name),
            Place::Memory(_) => PathBuf::from(name),
        }
    }

    /// Whether something lies where a share would, whatever it is.
    ///
    /// # Errors
    /// When the folder cannot be looked into.
    pub fn is_there(&self, name: &str) -> Result<bool, Error> {
        match &self.place {
            Place::Folder(_) => files::is_there(&self.path(name)),
            Place::Memory(shares) => Ok(lock(shares).contains_key(name)),
        }
    }
}

impl Share {
    fn draw() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; SHARE_BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(Error::Random)?;
        Ok(Self(bytes))
    }

    const fn from_bytes(bytes: Zeroizing<[u8; SHARE_BYTES]>) -> Self {
        Self(bytes)
    }

    const fn as_bytes(&self) -> &Zeroizing<[u8; SHARE_BYTES]> {
        &self.0
    }

    /// The key that this share and another secret make together, and neither of them
    /// alone: HKDF-SHA256 of both, the name as its salt.
    pub(super) fn join(
        &self,
        other: &[u8; 32],
        name: &str,
        info: &'static [u8],
    ) -> Zeroizing<[u8; 32]> {
        let mut both = Zeroizing::new([0; 32 + SHARE_BYTES]);
        let (one, two) = both.split_at_mut(32);
        one.copy_from_slice(other);
        two.copy_from_slice(self.0.as_ref());
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, name.as_bytes()).extract(both.as_ref());
        let mut key = Zeroizing::new([0; 32]);
        secret
            .expand(&[info], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("32 bytes are within HKDF's bound");
        key
    }
}

/// Whether a share can have this name, as its file's: nothing that leads elsewhere.
fn is_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && !name.ends_with(aside::ENDING)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Share")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_share_is_made_once_read_replaced_and_destroyed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("keys").join("shares");
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        for shares in [Shares::in_folder(folder.clone()), Shares::in_memory()] {
            assert_eq!(shares.names().unwrap(), Vec::<String>::new());
            let one = shares.make("index.1").unwrap();
            assert!(matches!(shares.make("index.1"), Err(Error::ShareExists(_))));
            assert_eq!(shares.read("index.1").unwrap(), one);
            let two = shares.replace("index.1").unwrap();
            assert_ne!(one, two);
            assert_eq!(shares.find("index.1").unwrap(), Some(two));
            shares.make("message-2026-11.1").unwrap();
            assert_eq!(shares.names().unwrap(), ["index.1", "message-2026-11.1"]);
            shares.destroy("index.1").unwrap();
            shares.destroy("index.1").unwrap();
            assert_eq!(shares.find("index.1").unwrap(), None);
            assert_eq!(shares.names().unwrap(), ["message-2026-11.1"]);
        }
        assert_eq!((mode(&folder), mode(&folder.join("message-2026-11.1"))), (0o700, 0o600));
    }

    #[test]
    fn a_share_that_is_missing_or_damaged_is_named_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let shares = Shares::in_folder(dir.path().join("shares"));
        let error = shares.read("message-2026-11.1").unwrap_err().to_string();
        assert!(error.contains("shares/message-2026-11.1"), "{error}");
        assert!(error.contains("backup of the keys"), "{error}");
        shares.make("message-2026-11.1").unwrap();
        let path = shares.path("message-2026-11.1");
        for damaged in [&b""[..], b"0011\n", &[0; 65], &[b'x'; 65]] {
            let mut file = std::fs::File::create(&path).unwrap();
            std::io::Write::write_all(&mut file, damaged).unwrap();
            let error = shares.read("message-2026-11.1").unwrap_err();
            assert!(matches!(error, Error::BadShare(_)), "{error}");
        }
    }

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["", ".", "..", "a/b", "../x", ".hidden", "A", "a b", "a.new", &"x".repeat(65)]
        {
            assert!(!is_name(name), "{name}");
        }
        for name in ["message-2026-11.1", "index.20", "unrecognised-2026-11.4294967295"] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn both_secrets_and_the_name_bear_on_the_key() {
        let [one, two] = [[1; 32], [2; 32]].map(|bytes| Share(Zeroizing::new(bytes)));
        let key = one.join(&[3; 32], "a.1", b"x");
        assert_eq!(key, one.join(&[3; 32], "a.1", b"x"));
        let others = [
            two.join(&[3; 32], "a.1", b"x"),
            one.join(&[4; 32], "a.1", b"x"),
            one.join(&[3; 32], "a.2", b"x"),
            one.join(&[3; 32], "a.1", b"y"),
        ];
        assert!(others.iter().all(|other| *other != key));
    }
}
