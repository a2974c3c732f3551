//! Taking a medium out: its bytes, and a type and a name that do no harm.
//!
//! Type and name are the sender's words. A type is passed on only when it is on
//! a short list of types that no browser runs; a name loses whatever could lead
//! out of a directory or show it other than it is.

use zeroize::Zeroizing;

use super::access::Asked;
use super::open::Unshown;
use super::restricted::Hidden;
use super::{Access, Error, Inner, Query};
use crate::record::{MediaRef, RecordId};
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// The type of what has no type that is known to do no harm.
const MIME_UNKNOWN: &str = "application/octet-stream";

/// The most bytes of a file's name; file systems take 255.
const FILE_NAME_BYTES_MAX: usize = 150;

/// The types passed on, with the usual ending of a file's name.
const MIMES: [(&str, &str); 28] = [
    ("application/msword", "doc"),
    ("application/pdf", "pdf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/zip", "zip"),
    ("audio/aac", "aac"),
    ("audio/amr", "amr"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/wav", "wav"),
    ("audio/webm", "weba"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("text/csv", "csv"),
    ("text/plain", "txt"),
    ("video/3gpp", "3gp"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpeg"),
    ("video/quicktime", "mov"),
    ("video/webm", "webm"),
];

/// A medium, opened.
pub struct Medium {
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The type announced, where it does no harm; else `application/octet-stream`.
    pub mime: &'static str,
    /// A name for the file that does no harm.
    pub file_name: String,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

impl std::fmt::Debug for Medium {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Medium").field("size", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Query {
    /// Takes a medium of a record. One access is written down.
    ///
    /// # Errors
    /// When there is no such record, the medium is not one of its, the medium was
    /// destroyed or is damaged, the record's use is restricted, or the access cannot be
    /// written down.
    pub async fn medium(
        &self,
        access: &Access,
        record: RecordId,
        medium: RecordId,
    ) -> Result<Medium, Error> {
        let (access, reader) = (access.clone(), access.clone());
        let (places, prepared) = self
            .blocking(move |inner| {
                let announced_at = inner.place_of(record)?;
                let links = inner.log.store().links(record).map_err(Error::Store)?;
                if !links.iter().any(|(linked, _)| *linked == medium) {
                    return Err(Error::NotFound("medium of this record"));
                }
                let places = (announced_at, inner.place_of(medium)?);
                Ok((places, inner.prepare(&access, Asked::Medium { record, medium })?))
            })
            .await?;
        self.write_down(prepared).await?;
        let (announced_at, kept_at) = places;
        self.blocking(move |inner| {
            let hidden = inner.hidden_from(&reader)?;
            let announced = inner.announced(&hidden, announced_at, record)?;
            inner.medium(&announced, kept_at, medium)
        })
        .await
    }
}

impl Inner {
    /// What a record says of its medium; nothing where the record is gone.
    fn announced(
        &self,
        hidden: &Hidden,
        index: LeafIndex,
        record: RecordId,
    ) -> Result<MediaRef, Error> {
        match self.show(hidden, index, record)?.content {
            Ok(content) => Ok(content.body.media.unwrap_or_default()),
            Err(Unshown { restriction: Some(restriction), .. }) => {
                Err(Error::Restricted { record, restriction })
            }
            Err(_) => Ok(MediaRef::default()),
        }
    }

    pub(super) fn medium(
        &self,
        announced: &MediaRef,
        index: LeafIndex,
        id: RecordId,
    ) -> Result<Medium, Error> {
        let bytes = self.open_record(index, id)?.plaintext;
        let (mime, _) = harmless_mime(announced.mime.as_deref());
        let file_name = file_name_of(announced, id);
        let sha256 = sha256(&bytes).to_string();
        Ok(Medium { bytes, mime, file_name, sha256 })
    }
}

/// A name for the file of a medium that does no harm.
pub(super) fn file_name_of(announced: &MediaRef, id: RecordId) -> String {
    let (_, ending) = harmless_mime(announced.mime.as_deref());
    let named = announced.file_name.as_deref().and_then(harmless_file_name);
    named.unwrap_or_else(|| format!("{id}.{ending}"))
}

/// The type to pass on, and an ending for a file's name.
fn harmless_mime(announced: Option<&str>) -> (&'static str, &'static str) {
    let essence = announced.unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let known = MIMES.into_iter().find(|(mime, _)| *mime == essence);
    known.unwrap_or((MIME_UNKNOWN, "bin"))
}

/// The name to pass on; `None` where nothing of it is left.
fn harmless_file_name(announced: &str) -> Option<String> {
    let last = announced.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::with_capacity(last.len());
    for c in last.chars().filter(|c| !deceives(*c)) {
        if name.len() + c.len_utf8() > FILE_NAME_BYTES_MAX {
            break;
        }
        name.push(c);
    }
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    (!name.is_empty()).then(|| name.to_owned())
}

/// Characters that are not seen, or turn what is seen around.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_no_browser_runs_are_passed_on() {
        assert_eq!(harmless_mime(Some("audio/ogg; codecs=opus")).0, "audio/ogg");
        assert_eq!(harmless_mime(Some(" IMAGE/JPEG ")).0, "image/jpeg");
        for active in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/javascript",
            "image/png\r\nx: y",
            "",
        ] {
            assert_eq!(harmless_mime(Some(active)).0, MIME_UNKNOWN, "{active}");
        }
        assert_eq!(harmless_mime(None).0, MIME_UNKNOWN);
        assert!(MIMES.is_sorted());
    }

    #[test]
    fn a_name_leads_nowhere_and_shows_what_it_is() {
        let harmless = |name: &str| harmless_file_name(name);
        assert_eq!(harmless("Rechnung 7.pdf").as_deref(), Some("Rechnung 7.pdf"));
        assert_eq!(harmless("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(harmless("C:\\x\\y.txt").as_deref(), Some("y.txt"));
        assert_eq!(harmless("cod\u{202e}fdp.exe").as_deref(), Some("codfdp.exe"));
        assert_eq!(harmless("a\r\nb\"c.txt").as_deref(), Some("abc.txt"));
        assert_eq!(harmless("חשבונית.pdf").as_deref(), Some("חשבונית.pdf"));
        for empty in ["", "..", " . ", "a/", "\u{200b}"] {
            assert_eq!(harmless(empty), None, "{empty:?}");
        }
        let long = harmless(&"ä".repeat(500)).unwrap();
        assert_eq!(long.len(), FILE_NAME_BYTES_MAX);
    }
}
