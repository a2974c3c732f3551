//! Contact cards: people that a message shares.

use super::Content;
use crate::capture::meta::json::Object;
use crate::capture::meta::leaves;
use crate::record::Party;

/// Reads the cards of a message.
pub(super) fn read(message: &Object<'_>) -> Option<Content> {
    message.get("contacts")?.array()?;
    let cards = message.objects("contacts");
    Some(Content {
        mentions: cards.iter().flat_map(parties).collect(),
        ..Content::saying("contacts", cards.iter().flat_map(lines))
    })
}

/// What stands on a card; the kinds of its numbers and addresses do not matter.
fn lines(card: &Object<'_>) -> Vec<String> {
    let mut lines: Vec<_> = name(card).into_iter().collect();
    for (list, word) in [("phones", "phone"), ("emails", "email"), ("urls", "url")] {
        lines.extend(card.objects(list).iter().filter_map(|one| one.word(word)));
    }
    if let Some(organisation) = card.get("org") {
        lines.extend(leaves::words(organisation));
    }
    for address in card.objects("addresses") {
        let parts = ["street", "city", "state", "zip", "country"];
        let parts: Vec<_> = parts.into_iter().filter_map(|part| address.word(part)).collect();
        lines.push(parts.join(", "));
    }
    lines.extend(["birthday", "vcard"].into_iter().filter_map(|word| card.word(word)));
    lines
}

/// The party of each of a card's numbers; without any, of its name.
fn parties(card: &Object<'_>) -> Vec<Party> {
    let name = name(card);
    let named = |party: Party| Party { name: name.clone(), ..party };
    let phones = card.objects("phones");
    let addresses = phones.iter().filter_map(|phone| phone.word_of(&["wa_id", "phone"]));
    let mut parties: Vec<_> =
        addresses.map(|address| named(Party::from_address(&address))).collect();
    if parties.is_empty() {
        parties.push(named(Party::default()));
    }
    parties
}

fn name(card: &Object<'_>) -> Option<String> {
    let name = card.object("name")?;
    name.word("formatted_name").or_else(|| {
        let parts = ["prefix", "first_name", "middle_name", "last_name", "suffix"];
        let parts: Vec<_> = parts.into_iter().filter_map(|part| name.word(part)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}
