//! Deliveries in Meta's form, with fictional people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

pub(crate) const APP_SECRET: &str = "7be1f0c49d3a4c6c8f2a5e907d1b6a34";
pub(crate) const VERIFY_TOKEN: &str = "quay-verify-5571";
pub(crate) const NUMBER_ID: &str = "207700000000077";
const ACCOUNT_ID: &str = "107700000000070";
const NUMBER: &str = "4915550100700";

/// The value of `X-Hub-Signature-256`.
pub(crate) fn sign(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// A delivery of messages to the one business number.
pub(crate) fn webhook(messages: &[Value]) -> String {
    let contacts: Vec<Value> = messages
        .iter()
        .filter_map(|message| message["from"].as_str())
        .map(|from| json!({"profile": {"name": "Ines Marlow"}, "wa_id": from}))
        .collect();
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": ACCOUNT_ID,
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": NUMBER, "phone_number_id": NUMBER_ID},
                    "contacts": contacts,
                    "messages": messages,
                },
            }],
        }],
    })
    .to_string()
}

/// A text message of a customer; `number` makes its id.
pub(crate) fn text_message(number: u64, from: &str, text: &str) -> Value {
    json!({
        "from": from,
        "id": wamid(number, from),
        "timestamp": (1_795_000_000 + number).to_string(),
        "type": "text",
        "text": {"body": text},
    })
}

/// An id in Meta's form: base64 with the customer's number inside.
pub(crate) fn wamid(number: u64, from: &str) -> String {
    let inside = format!("\u{1c}\u{18}\u{c}{from}\u{15}\u{2}{number:020X}");
    format!("wamid.{}", STANDARD.encode(inside))
}
