//! A certificate (RFC 5280), as far as it matters for who may sign timestamps.

use std::time::Duration;

use der::asn1::{
    AnyRef, BitStringRef, GeneralizedTime, IntRef, ObjectIdentifier, OctetStringRef, UtcTime,
};
use der::{Decode, Reader, Tag, TagMode, TagNumber};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;

use super::Error;
use super::syntax::{Extension, optional};

const KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// A certificate that was read, and trusted in nothing yet.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    pub(super) der: &'a [u8],
    parts: Parts<'a>,
}

#[derive(Debug)]
struct Parts<'a> {
    serial: IntRef<'a>,
    issuer: AnyRef<'a>,
    /// Seconds since 1970, both included.
    valid_from: Duration,
    valid_until: Duration,
    extensions: Vec<Extension<'a>>,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let parts = Parts::from_der(der).map_err(|_| Error::Unfit("cannot be read"))?;
        Ok(Self { der, parts })
    }

    pub(super) fn is_issued_as(&self, issuer: AnyRef<'_>, serial: IntRef<'_>) -> bool {
        (self.parts.issuer, self.parts.serial) == (issuer, serial)
    }

    pub(super) fn key_id(&self) -> Option<&'a [u8]> {
        let value = self.extension(KEY_ID)?.value;
        OctetStringRef::from_der(value).ok().map(|id| id.as_bytes())
    }

    /// Whether the bytes bear a signature by its key.
    pub(super) fn has_signed(
        &self,
        makers: &[&'static dyn SignatureVerificationAlgorithm],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<bool, Error> {
        let der = CertificateDer::from(self.der);
        let key = EndEntityCert::try_from(&der).map_err(|_| Error::Unfit("cannot be used"))?;
        Ok(makers.iter().any(|maker| key.verify_signature(*maker, bytes, signature).is_ok()))
    }

    /// It is for signing timestamps and nothing else (RFC 3161 §2.3).
    pub(super) fn check_purpose(&self) -> Result<(), Error> {
        let purpose = self.extension(EXTENDED_KEY_USAGE).filter(|purpose| purpose.critical);
        let purposes = purpose.and_then(|purpose| Vec::from_der(purpose.value).ok());
        if purposes != Some(vec![TIME_STAMPING]) {
            return Err(Error::Unfit("is not for timestamps alone (extendedKeyUsage, critical)"));
        }
        let Some(usage) = self.extension(KEY_USAGE) else { return Ok(()) };
        let usage = BitStringRef::from_der(usage.value);
        let usage = usage.map_err(|_| Error::Unfit("says unreadably what it is for"))?;
        // Bits 0 and 1: digitalSignature and nonRepudiation.
        let (may_sign, may_more) =
            usage.bits().enumerate().fold((false, false), |(sign, more), (bit, is_set)| {
                (sign || (is_set && bit < 2), more || (is_set && bit >= 2))
            });
        if may_sign && !may_more {
            return Ok(());
        }
        Err(Error::Unfit("is not for signatures alone (keyUsage)"))
    }

    pub(super) fn check_valid_at(&self, time: Timestamp) -> Result<(), Error> {
        let seconds = since_1970(time)?;
        if seconds < self.parts.valid_from {
            return Err(Error::Unfit("was not valid yet at that time"));
        }
        if seconds > self.parts.valid_until {
            return Err(Error::Unfit("had expired at that time"));
        }
        Ok(())
    }

    fn extension(&self, id: ObjectIdentifier) -> Option<&Extension<'a>> {
        self.parts.extensions.iter().find(|extension| extension.id == id)
    }
}

/// Whole seconds since 1970.
pub(super) fn since_1970(time: Timestamp) -> Result<Duration, Error> {
    let seconds = u64::try_from(time.as_second());
    seconds.map(Duration::from_secs).map_err(|_| Error::Malformed("a time before 1970"))
}

impl<'a> Decode<'a> for Parts<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let parts = reader.sequence(Self::of_what_is_signed)?;
            let _algorithm: AnyRef<'a> = reader.decode()?;
            let _signature: AnyRef<'a> = reader.decode()?;
            Ok(parts)
        })
    }
}

impl<'a> Parts<'a> {
    fn of_what_is_signed(reader: &mut impl Reader<'a>) -> der::Result<Self> {
        let _version: Option<u8> = reader.context_specific(TagNumber::N0, TagMode::Explicit)?;
        let serial = reader.decode()?;
        let _algorithm: AnyRef<'a> = reader.decode()?;
        let issuer = reader.decode()?;
        let (valid_from, valid_until) =
            reader.sequence(|reader| Ok((moment(reader)?, moment(reader)?)))?;
        let _subject: AnyRef<'a> = reader.decode()?;
        let _key: AnyRef<'a> = reader.decode()?;
        let extensions = reader.context_specific(TagNumber::N3, TagMode::Explicit)?;
        let extensions = extensions.unwrap_or_default();
        Ok(Self { serial, issuer, valid_from, valid_until, extensions })
    }
}

fn moment<'a>(reader: &mut impl Reader<'a>) -> der::Result<Duration> {
    let short: Option<UtcTime> = optional(reader, Tag::UtcTime)?;
    match short {
        Some(time) => Ok(time.to_unix_duration()),
        None => Ok(GeneralizedTime::decode(reader)?.to_unix_duration()),
    }
}
