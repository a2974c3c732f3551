//! Media as messages announce them.

use super::json::Object;
use crate::capture::digest;
use crate::record::MediaRef;

/// The medium that an object announces; `None` without an id to ask for.
pub(super) fn announced(object: &Object<'_>) -> Option<MediaRef> {
    Some(MediaRef {
        id: object.word("id")?,
        mime: object.word("mime_type"),
        sha256: object.word("sha256").and_then(|text| digest::read(&text)).map(hex::encode),
        file_name: object.word("filename"),
    })
}

/// The first medium among an object's members: an object with an id that also
/// tells a type or a digest. The provider keeps it for days only, so that it is
/// asked for even where the message is of a kind that nobody knows yet.
pub(super) fn within(object: &Object<'_>) -> Option<MediaRef> {
    object.members().filter_map(|(_, member)| member.object()).find_map(|member| {
        let announces = member.get("mime_type").or_else(|| member.get("sha256")).is_some();
        announces.then(|| announced(&member)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::meta::json::Json;

    #[test]
    fn a_digest_becomes_hexadecimal_whatever_form_it_came_in() {
        let hex = "63dbef1b27a8de7efaa6d917bb70b00c1b27cdb445aa98c7b2441d306495a9ab";
        for sha256 in ["Y9vvGyeo3n76ptkXu3CwDBsnzbRFqpjHskQdMGSVqas=", hex, &hex.to_uppercase()] {
            let text = format!(r#"{{"image":{{"id":3099000001,"sha256":"{sha256}"}}}}"#);
            let json = Json::parse(text.as_bytes()).unwrap();
            let medium = within(&json.object().unwrap()).unwrap();
            assert_eq!((medium.id.as_str(), medium.sha256.as_deref()), ("3099000001", Some(hex)));
        }
    }

    #[test]
    fn what_has_only_an_id_or_an_unreadable_digest_is_no_proof_of_a_medium() {
        let json = |text: &'static str| Json::parse(text.as_bytes()).unwrap().object().unwrap();
        assert_eq!(within(&json(r#"{"reply":{"id":"7","title":"x"}}"#)), None);
        let medium = within(&json(r#"{"gif":{"id":"7","sha256":"no digest"}}"#)).unwrap();
        assert_eq!(medium.sha256, None);
    }
}
