//! One record, read whole.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::{RawValue, to_raw_value};

use super::access::Asked;
use super::later::Later;
use super::open::Opened;
use super::restricted::Hidden;
use super::search::index_failed;
use super::view::{DeliveryContent, LinkView, MediumContent, RecordView};
use super::{Access, Error, Inner, Query};
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// The first line of a delivery's plaintext, as `capture` writes it.
#[derive(serde::Deserialize)]
struct DeliveryLine {
    received: String,
    signature: String,
    size: usize,
}

impl Query {
    /// Reads a record, with what came later of it. One access is written down.
    ///
    /// # Errors
    /// When there is no such record, it was destroyed or is damaged, its use is restricted,
    /// or the access cannot be written down.
    pub async fn record(&self, access: &Access, id: RecordId) -> Result<RecordView, Error> {
        let (access, reader) = (access.clone(), access.clone());
        let (index, prepared) = self
            .blocking(move |inner| {
                let index = inner.place_of(id)?;
                Ok((index, inner.prepare(&access, Asked::Record { record: id })?))
            })
            .await?;
        self.write_down(prepared).await?;
        self.blocking(move |inner| inner.view(&inner.hidden_from(&reader)?, index, id)).await
    }
}

impl Inner {
    fn view(&self, hidden: &Hidden, index: LeafIndex, id: RecordId) -> Result<RecordView, Error> {
        let opened = self.open_record(index, id)?;
        self.check_hidden(hidden, index, &opened)?;
        let class = opened.kept.class;
        let content = self.content(index, &opened)?;
        let thread = self.index.thread_of(id).map_err(index_failed)?;
        let Later { shown: later, more: later_more } = if class.holds_record() {
            self.later_of(hidden, thread, id, &self.record_in(index, &opened)?)?
        } else {
            Later::default()
        };
        let delivery = opened.entry.event.delivery();
        Ok(RecordView {
            record: id,
            entry: index.get(),
            captured: opened.entry.time,
            class,
            thread,
            delivery,
            content,
            media: self.links_of(index, id)?,
            later,
            later_more,
        })
    }

    /// What was sealed, as JSON.
    fn content(&self, index: LeafIndex, opened: &Opened) -> Result<Box<RawValue>, Error> {
        let not_json = || self.damaged(index, "the opened body is not in its class's form");
        match opened.kept.class {
            Class::Delivery => {
                let content = delivery_content(&opened.plaintext).ok_or_else(not_json)?;
                to_raw_value(&content).map_err(|_| not_json())
            }
            Class::Medium => {
                let sha256 = sha256(&opened.plaintext).to_string();
                let content = MediumContent { size: opened.plaintext.len(), sha256 };
                to_raw_value(&content).map_err(|_| not_json())
            }
            Class::Access
            | Class::Account
            | Class::Call
            | Class::Consent
            | Class::Contact
            | Class::Governance
            | Class::Message
            | Class::Status
            | Class::Unrecognised => {
                serde_json::from_slice(&opened.plaintext).map_err(|_| not_json())
            }
        }
    }

    pub(super) fn links_of(&self, index: LeafIndex, id: RecordId) -> Result<Vec<LinkView>, Error> {
        let links = self.log.store().links(id).map_err(Error::Store)?;
        let view = |(medium, matches): (RecordId, Option<bool>)| {
            let place = self.log.store().index_of(medium).map_err(Error::Store)?;
            let place = place.ok_or_else(|| self.damaged(index, "its medium has no place"))?;
            Ok(LinkView { id: medium, entry: place.get(), matches })
        };
        links.into_iter().map(view).collect()
    }
}

/// A delivery's plaintext: a line of JSON, then the body's exact bytes.
fn delivery_content(plaintext: &[u8]) -> Option<DeliveryContent> {
    let end = plaintext.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = plaintext.split_at_checked(end)?;
    let line: DeliveryLine = serde_json::from_slice(line).ok()?;
    let body = rest.strip_prefix(b"\n")?;
    (body.len() == line.size).then(|| DeliveryContent {
        received: line.received,
        signature: line.signature,
        size: line.size,
        body_base64: BASE64_STANDARD.encode(body),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_taken_apart_at_its_first_line() {
        let plaintext =
            b"{\"v\":1,\"received\":\"2026-11-21T08:00:00Z\",\"signature\":\"sha256=0\",\
            \"size\":3}\na\nb";
        let content = delivery_content(plaintext).unwrap();
        assert_eq!((content.size, content.body_base64.as_str()), (3, "YQpi"));
    }

    #[test]
    fn a_delivery_of_another_length_is_not_taken_for_one() {
        for body in ["", "{}", "{}\n", "{\"received\":\"\",\"signature\":\"\",\"size\":2}\nabc"] {
            assert!(delivery_content(body.as_bytes()).is_none(), "{body}");
        }
    }
}
