//! Who is trusted to say what time it was: the certificates of the configuration.

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::Error;
use super::certificate::{Certificate, since_1970};

/// `id-kp-timeStamping`, 1.3.6.1.5.5.7.3.8, without its tag.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// The most certificates in one file.
const CERTIFICATES_MAX: usize = 64;

/// Certificates that are trusted: of authorities that issue certificates for
/// timestamps, or of such signers themselves.
#[derive(Clone, Debug)]
pub struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
}

/// Why a file holds no certificates to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadAuthorities {
    /// Not PEM.
    #[error(
        "it is not PEM; a certificate in DER becomes PEM by `openssl x509 -inform DER -in FILE`"
    )]
    NotPem,
    /// PEM, with other things in it.
    #[error(
        "there is no certificate in it (`-----BEGIN CERTIFICATE-----`); it must hold the \
         certificate of who issued the timestamp authority's own"
    )]
    None,
    /// One too many.
    #[error("there are more than {CERTIFICATES_MAX} certificates in it; name only those to trust")]
    TooMany,
    /// Something that calls itself one.
    #[error("certificate {0} in it cannot be read as one (RFC 5280)")]
    Malformed(usize),
}

impl Authorities {
    /// Reads certificates in PEM; each of them is trusted.
    ///
    /// # Errors
    /// When there is none, or one that does not read.
    pub fn from_pem(text: &[u8]) -> Result<Self, BadAuthorities> {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(text).take(CERTIFICATES_MAX + 1).collect();
        let certificates = certificates.map_err(|_| BadAuthorities::NotPem)?;
        match certificates.len() {
            0 => return Err(BadAuthorities::None),
            count if count > CERTIFICATES_MAX => return Err(BadAuthorities::TooMany),
            _ => {}
        }
        for (number, der) in (1..).zip(&certificates) {
            let is_one = Certificate::read(der).is_ok() && anchor_from_trusted_cert(der).is_ok();
            if !is_one {
                return Err(BadAuthorities::Malformed(number));
            }
        }
        Ok(Self { certificates })
    }

    /// A chain leads from a trusted certificate to the signer's, and every link of
    /// it was valid at the time; or the signer's is itself trusted.
    pub(super) fn vouch_for(
        &self,
        signer: &Certificate<'_>,
        others: &[&[u8]],
        time: Timestamp,
    ) -> Result<(), Error> {
        if self.certificates.iter().any(|trusted| trusted.as_ref() == signer.der) {
            return Ok(());
        }
        let anchors = self.anchors_at(time);
        let others: Vec<_> = others.iter().map(|der| CertificateDer::from(*der)).collect();
        let der = CertificateDer::from(signer.der);
        let end = EndEntityCert::try_from(&der).map_err(|error| untrusted(&error))?;
        let at = UnixTime::since_unix_epoch(since_1970(time)?);
        // The signer has its purpose, which was checked; an issuer need not have one.
        let usage = KeyUsage::required_if_present(TIME_STAMPING);
        end.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &others, at, usage, None, None)
            .map(drop)
            .map_err(|error| untrusted(&error))
    }

    fn anchors_at(&self, time: Timestamp) -> Vec<TrustAnchor<'_>> {
        let valid = self.certificates.iter().filter(|der| {
            Certificate::read(der).is_ok_and(|trusted| trusted.check_valid_at(time).is_ok())
        });
        valid.filter_map(|der| anchor_from_trusted_cert(der).ok()).collect()
    }
}

fn untrusted(error: &webpki::Error) -> Error {
    use webpki::Error as Why;
    let of_time = matches!(error, Why::CertExpired { .. } | Why::CertNotValidYet { .. });
    let of_issuer = matches!(error, Why::UnknownIssuer | Why::InvalidSignatureForPublicKey);
    Error::Untrusted(if of_time {
        "a certificate between was not valid at that time".to_owned()
    } else if of_issuer {
        "its signer's certificate was issued by nobody who is trusted and was valid at that time"
            .to_owned()
    } else {
        // The variants' names say what is wrong; they hold nothing else.
        format!("the chain of certificates does not hold ({error:?})")
    })
}
