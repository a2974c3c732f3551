//! Records for tests, with fictional parties.

use crate::record::{
    Body, Class, Direction, MediaRef, Origin, Party, Provider, RECORD_VERSION, Record, Relation,
    RelationKind,
};

/// A record in the making; what is not said has a plain value.
#[derive(Clone, Debug)]
pub(crate) struct Draft(Record);

pub(crate) fn party(phone: Option<&str>, user_id: Option<&str>) -> Party {
    Party {
        phone: phone.map(str::to_owned),
        user_id: user_id.map(str::to_owned),
        ..Party::default()
    }
}

impl Draft {
    pub(crate) fn from(author: Party, text: &str) -> Self {
        let raw = serde_json::value::to_raw_value(&serde_json::json!({"body": text})).unwrap();
        Self(Record {
            v: RECORD_VERSION,
            class: Class::Message,
            provider: Provider::Meta,
            field: "messages".into(),
            origin: Origin::Live,
            account: Some("109900000000001".into()),
            number_id: Some("209900000000001".into()),
            number: Some("4915550100100".into()),
            provider_id: None,
            at: Some(1_790_000_000),
            direction: Some(Direction::Inbound),
            from: Some(author),
            to: Some(party(Some("4915550100100"), None)),
            group_id: None,
            body: Body { kind: "text".into(), text: Some(text.into()), ..Body::default() },
            raw,
        })
    }

    pub(crate) fn inbound(phone: &str, text: &str) -> Self {
        Self::from(party(Some(phone), None), text)
    }

    pub(crate) fn outbound(phone: &str, text: &str) -> Self {
        let mut draft = Self::from(party(Some("4915550100100"), None), text);
        draft.0.direction = Some(Direction::Outbound);
        draft.0.to = Some(party(Some(phone), None));
        draft
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.0.from.as_mut().unwrap().name = Some(name.into());
        self
    }

    pub(crate) fn at(mut self, moment: &str) -> Self {
        let moment: jiff::Timestamp = moment.parse().unwrap();
        self.0.at = Some(moment.as_second());
        self
    }

    pub(crate) fn id(mut self, provider_id: &str) -> Self {
        self.0.provider_id = Some(provider_id.into());
        self
    }

    pub(crate) fn about(mut self, kind: RelationKind, provider_id: &str) -> Self {
        self.0.body.relation = Some(Relation { kind, provider_id: provider_id.into() });
        self
    }

    pub(crate) fn kind(mut self, class: Class, kind: &str) -> Self {
        self.0.class = class;
        self.0.body.kind = kind.into();
        self
    }

    pub(crate) fn file(mut self, name: &str, mime: &str) -> Self {
        self.0.body.media = Some(MediaRef {
            id: "3099000001".into(),
            mime: Some(mime.into()),
            sha256: None,
            file_name: Some(name.into()),
        });
        self
    }

    pub(crate) fn record(self) -> Record {
        self.0
    }
}
