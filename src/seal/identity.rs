//! The archive's own age identity, and those who may open beside it.

use std::path::Path;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519;

use super::{Error, Shares};

/// How dear a guess at the passphrase is: scrypt with N = 2^18, as age's own tool has
/// it. The library would measure the machine instead, and a busy one would choose a
/// cheap one, or refuse to open at the next start what it wrote at this.
const WORK_FACTOR: u8 = 18;

/// The dearest that is opened: what age's own tool opens, 4 GiB of memory.
const WORK_FACTOR_MAX: u8 = 22;

/// The key that opens the archive: an age X25519 identity, with the shares beside it.
pub struct ArchiveIdentity {
    age: x25519::Identity,
    shares: Shares,
}

/// A further recipient of every bucket key: a designated third party, a court's
/// expert, a safe. It can open the archive without the daemon.
pub struct Escrow(x25519::Recipient);

impl ArchiveIdentity {
    /// Draws a new identity. Like itself, its shares last as long as the process, unless
    /// it is [written down](Self::to_file) and [loaded](Self::load) from there.
    pub fn generate() -> Self {
        Self { age: x25519::Identity::generate(), shares: Shares::in_memory() }
    }

    /// Reads an identity file as `age-keygen` writes it; where the file is itself
    /// an age file, opens it with the passphrase first. The shares are those beside it.
    ///
    /// # Errors
    /// [`Error::Identity`], saying what is wrong.
    pub fn load(path: &Path, passphrase: Option<&str>) -> Result<Self, Error> {
        let wrong = |why: String| Error::Identity { path: path.to_owned(), why };
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let text = if bytes.starts_with(b"age-encryption.org/") {
            let passphrase = passphrase.ok_or_else(|| {
                wrong("it is protected by a passphrase; set archive.passphrase_file".to_owned())
            })?;
            let passphrase = SecretString::from(passphrase.to_owned());
            let mut identity = age::scrypt::Identity::new(passphrase);
            identity.set_max_work_factor(WORK_FACTOR_MAX);
            age::decrypt(&identity, &bytes)
                .map_err(|error| wrong(format!("the passphrase does not open it ({error})")))?
        } else {
            bytes
        };
        let text = zeroize::Zeroizing::new(
            String::from_utf8(text).map_err(|_| wrong("it is not text".to_owned()))?,
        );
        let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1"));
        let line = line.ok_or_else(|| wrong("it has no AGE-SECRET-KEY-1 line".to_owned()))?;
        let age = line.trim().parse().map_err(|error: &str| wrong(error.to_owned()))?;
        Ok(Self { age, shares: Shares::beside(path) })
    }

    /// The contents of an identity file, protected where a passphrase is given.
    pub fn to_file(&self, passphrase: Option<&str>) -> Result<Vec<u8>, String> {
        let text = format!(
            "# public key: {}\n{}\n",
            self.age.to_public(),
            self.age.to_string().expose_secret()
        );
        match passphrase {
            None => Ok(text.into_bytes()),
            Some(passphrase) => {
                let passphrase = SecretString::from(passphrase.to_owned());
                let mut recipient = age::scrypt::Recipient::new(passphrase);
                recipient.set_work_factor(WORK_FACTOR);
                age::encrypt(&recipient, text.as_bytes()).map_err(|error| error.to_string())
            }
        }
    }

    /// The public recipient, `age1…`.
    pub fn recipient(&self) -> String {
        self.age.to_public().to_string()
    }

    /// The shares that belong to it.
    pub const fn shares(&self) -> &Shares {
        &self.shares
    }

    pub(super) const fn age(&self) -> &x25519::Identity {
        &self.age
    }
}

impl Escrow {
    /// Reads a recipient, `age1…`.
    ///
    /// # Errors
    /// [`Error::Recipient`] when it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Error::Recipient(text.to_owned()))
    }

    pub(super) fn age(&self) -> &x25519::Recipient {
        &self.0
    }
}

impl std::fmt::Debug for ArchiveIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ArchiveIdentity({})", self.recipient())
    }
}

impl std::fmt::Debug for Escrow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Escrow({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(contents: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file.as_file(), contents).unwrap();
        file
    }

    #[test]
    fn an_identity_survives_its_file() {
        let identity = ArchiveIdentity::generate();
        let file = written(&identity.to_file(None).unwrap());
        let read = ArchiveIdentity::load(file.path(), None).unwrap();
        assert_eq!(read.recipient(), identity.recipient());
    }

    #[test]
    fn a_protected_identity_needs_its_passphrase() {
        let identity = ArchiveIdentity::generate();
        let file = written(&identity.to_file(Some("correct horse")).unwrap());
        let read = ArchiveIdentity::load(file.path(), Some("correct horse")).unwrap();
        assert_eq!(read.recipient(), identity.recipient());
        let wrong = ArchiveIdentity::load(file.path(), Some("battery")).unwrap_err();
        assert!(wrong.to_string().contains("does not open"), "{wrong}");
        let none = ArchiveIdentity::load(file.path(), None).unwrap_err();
        assert!(none.to_string().contains("passphrase_file"), "{none}");
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let file = written(b"# nothing here\n");
        let error = ArchiveIdentity::load(file.path(), None).unwrap_err();
        assert!(error.to_string().contains("AGE-SECRET-KEY-1"), "{error}");
    }
}
