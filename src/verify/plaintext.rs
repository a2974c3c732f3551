//! What a record opens to: is it what its class holds?
//!
//! The texts name positions only: what stands there is personal data.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::chunk::size_of;
use crate::record::{Class, RECORD_VERSION, Record};

/// The line before a delivery's exact bytes.
#[derive(Deserialize)]
struct DeliveryLine {
    v: u32,
    class: Class,
    size: u64,
}

/// Reads a plaintext; whether it announces a medium.
pub(super) fn check(class: Class, plaintext: &[u8]) -> Result<bool, String> {
    match class {
        Class::Account
        | Class::Call
        | Class::Consent
        | Class::Contact
        | Class::Message
        | Class::Status
        | Class::Unrecognised => check_record(class, plaintext),
        Class::Delivery => check_delivery(plaintext).map(|()| false),
        Class::Access | Class::Governance => serde_json::from_slice::<IgnoredAny>(plaintext)
            .map(|_| false)
            .map_err(|error| unread(&error)),
        // A provider's bytes: any are right.
        Class::Medium => Ok(false),
    }
}

fn check_record(class: Class, plaintext: &[u8]) -> Result<bool, String> {
    let record: Record = serde_json::from_slice(plaintext).map_err(|error| unread(&error))?;
    check_origin(record.v, record.class, class)?;
    Ok(record.body.media.is_some())
}

fn check_delivery(plaintext: &[u8]) -> Result<(), String> {
    let mut parts = plaintext.splitn(2, |byte| *byte == b'\n');
    let (Some(line), Some(body)) = (parts.next(), parts.next()) else {
        return Err("the delivery opens, but has no line before its bytes".to_owned());
    };
    let line: DeliveryLine = serde_json::from_slice(line).map_err(|error| unread(&error))?;
    check_origin(line.v, line.class, Class::Delivery)?;
    if line.size != size_of(body) {
        let size = body.len();
        return Err(format!("the delivery says that it has {} bytes, it has {size}", line.size));
    }
    Ok(())
}

fn check_origin(version: u32, found: Class, class: Class) -> Result<(), String> {
    if found != class {
        return Err(format!("the record says that it is of class {found}, its entry says {class}"));
    }
    if version > RECORD_VERSION {
        return Err(format!("the record has form version {version}, newer than this build"));
    }
    Ok(())
}

fn unread(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("the record opens, but does not read (line {line}, column {column})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"v":1,"class":"message","provider":"meta","field":"messages",
        "origin":"live","body":{"kind":"text","text":"secret"},"raw":{}}"#;

    #[test]
    fn a_plaintext_must_be_what_its_class_holds() {
        assert_eq!(check(Class::Message, MESSAGE.as_bytes()), Ok(false));
        assert_eq!(check(Class::Medium, b"\xff\xd8"), Ok(false));
        assert_eq!(check(Class::Access, b"{}"), Ok(false));
        let delivery = b"{\"v\":1,\"class\":\"delivery\",\"size\":3}\nabc";
        assert_eq!(check(Class::Delivery, delivery), Ok(false));
        for (class, plaintext) in [
            (Class::Status, MESSAGE),
            (Class::Message, &MESSAGE.replace("\"v\":1", "\"v\":2")),
            (Class::Message, "secret"),
            (Class::Delivery, "secret"),
            (Class::Delivery, "{\"v\":1,\"class\":\"delivery\",\"size\":9}\nsecret"),
            (Class::Access, "secret"),
        ] {
            let text = check(class, plaintext.as_bytes()).unwrap_err();
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
