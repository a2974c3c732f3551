//! What the archive itself notes of consent: the `raw` of records of class `consent`
//! that it makes beside what a provider told.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Recognised;
use crate::record::RecordId;

/// What was noticed in a record, `docs/FORMAT.md` §8. In JSON `{"recognised":{…}}` or
/// `{"joined":{…}}`, and nothing else: what a provider tells has another form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A message says something about being written to.
    Recognised {
        /// The record of the message.
        record: RecordId,
        /// What it says.
        #[serde(flatten)]
        what: Recognised,
    },
    /// A party has another number or other ids from now on: the record's `from` is who it
    /// was, its mentions are who it is.
    Joined {
        /// The record that told so.
        record: RecordId,
    },
}

impl Notice {
    /// Reads the `raw` of a record; `None` for what a provider told.
    pub fn of(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// The `raw` of a record.
    pub fn to_raw(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(self).expect("texts and ids are JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::consent::Signals;

    #[test]
    fn a_notice_survives_and_what_a_provider_tells_is_none() {
        let record = RecordId::from_bytes([7; 16]);
        let what = Signals::shipped().read("إيقاف").unwrap();
        for notice in [Notice::Recognised { record, what }, Notice::Joined { record }] {
            assert_eq!(Notice::of(&notice.to_raw()), Some(notice));
        }
        for raw in [
            r#"{"wa_id":"4915550100777","category":"marketing_messages","value":"stop"}"#,
            r#"{"joined":{"record":"07070707070707070707070707070707"},"value":"stop"}"#,
            "[]",
            "7",
        ] {
            let raw: Box<RawValue> = serde_json::from_str(raw).unwrap();
            assert_eq!(Notice::of(&raw), None, "{raw}");
        }
    }
}
