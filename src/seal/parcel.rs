//! What leaves the archive, sealed to who is to open it: a standard [age] file, written
//! as it comes, that only its addressee opens. The archive itself does not.
//!
//! One that is broken off does not open to its end: age marks the last chunk of 64 KiB.
//!
//! [age]: https://c2sp.org/age

use std::io::{self, Write};

use age::stream::StreamWriter;
use age::x25519;

use super::Error;

/// Who is to open a parcel, by an age recipient.
pub struct Addressee(x25519::Recipient);

/// A parcel that is being written.
pub struct Parcel<W: Write>(StreamWriter<W>);

impl Addressee {
    /// Reads a recipient, `age1…`.
    ///
    /// # Errors
    /// [`Error::Recipient`] when it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        text.trim().parse().map(Self).map_err(|_| Error::Recipient(text.to_owned()))
    }
}

impl<W: Write> Parcel<W> {
    /// Begins a parcel for somebody.
    ///
    /// # Errors
    /// When its beginning cannot be written.
    pub fn to(addressee: &Addressee, out: W) -> io::Result<Self> {
        let recipients = std::iter::once(&addressee.0 as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        encryptor.wrap_output(out).map(Self)
    }

    /// Ends it: before, nobody opens it whole.
    ///
    /// # Errors
    /// When its end cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for Parcel<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl std::fmt::Debug for Addressee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Addressee")
    }
}

impl<W: Write> std::fmt::Debug for Parcel<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parcel")
    }
}

/// Somebody who opens parcels.
#[cfg(test)]
pub(crate) struct Opener(x25519::Identity);

#[cfg(test)]
impl Opener {
    pub(crate) fn new() -> Self {
        Self(x25519::Identity::generate())
    }

    pub(crate) fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// What is in a parcel; `None` where it does not open to its end.
    pub(crate) fn open(&self, parcel: &[u8]) -> Option<Vec<u8>> {
        age::decrypt(&self.0, parcel).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(to: &x25519::Identity, what: &[u8]) -> Vec<u8> {
        let addressee = Addressee::parse(&to.to_public().to_string()).unwrap();
        let mut parcel = Parcel::to(&addressee, vec![]).unwrap();
        parcel.write_all(what).unwrap();
        parcel.finish().unwrap()
    }

    #[test]
    fn only_the_addressee_opens_a_parcel_and_one_that_is_broken_off_not_at_all() {
        let (to, other) = (x25519::Identity::generate(), x25519::Identity::generate());
        let what = vec![0x5a; 200_000];
        let sealed = parcel(&to, &what);
        assert_eq!(age::decrypt(&to, &sealed).unwrap(), what);
        assert!(age::decrypt(&other, &sealed).is_err());
        for cut in [1, 20, 70_000, sealed.len() - 100] {
            let broken_off = sealed.get(..sealed.len() - cut).unwrap();
            assert!(age::decrypt(&to, broken_off).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_is_no_recipient_is_refused() {
        for text in ["", "age1", "AGE-SECRET-KEY-1QQ", "ssh-ed25519 AAAA"] {
            assert!(matches!(Addressee::parse(text), Err(Error::Recipient(_))), "{text}");
        }
    }
}
