//! The delivery as it came, so that its signature can be checked again by
//! anybody who knows the app secret, years later.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muniment::record::Class;

use crate::support::{APP_SECRET, House, sign, text_message, webhook};

/// HMAC-SHA256 of the standard input by `openssl`, as hex.
fn openssl_hmac(body: &[u8]) -> String {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", APP_SECRET, "-r"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("no openssl ({error}): run `bin/setup --tests`"));
    openssl.stdin.take().unwrap().write_all(body).unwrap();
    let said = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    said.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn the_exact_bytes_and_the_signature_of_a_delivery_are_given_back() {
    let house = House::new();
    let daemon = house.serve();
    let officer = house.token("officer");
    let asker = daemon.api.with_token(&officer);
    // Spaces, escapes and an order of members that no JSON library would write.
    let message = text_message(1, "447700900323", "Caf\u{e9} at nine?").to_string();
    let body = webhook(&[]).replace("\"messages\":[]", &format!("\"messages\" : [ {message} ]"));
    let body = body.replace("Café", "Caf\\u00e9").replace("\"entry\":", "\n\t\"entry\" :");
    daemon.take(&body);

    let found = daemon.search(&house, &officer, "\"at nine\"");
    let id = found["hits"][0]["record"].as_str().unwrap();
    let record = asker.get(&format!("/v1/records/{id}")).json();
    let delivery = record["delivery"].as_str().unwrap();
    let delivery = asker.get(&format!("/v1/records/{delivery}")).json();
    assert_eq!(delivery["class"], Class::Delivery.as_str());
    let content = &delivery["content"];
    let bytes = STANDARD.decode(content["body_base64"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, body.as_bytes());
    assert_eq!(content["size"], body.len());
    assert_eq!(content["signature"], sign(body.as_bytes()));
    assert_eq!(content["signature"], format!("sha256={}", openssl_hmac(&bytes)));
}

#[test]
fn bytes_that_were_no_json_are_given_back_too() {
    let house = House::new();
    let daemon = house.serve();
    let officer = house.token("officer");
    let asker = daemon.api.with_token(&officer);
    let body = b"\x00\xff half a delivery {\"entry\":[";
    assert_eq!(daemon.deliver_as(body, &sign(body)).status, 200);
    let delivery = house.entries().into_iter().find_map(|entry| {
        entry.kept().filter(|kept| kept.class == Class::Delivery).map(|kept| kept.record)
    });
    let delivery = asker.get(&format!("/v1/records/{}", delivery.unwrap())).json();
    let bytes = STANDARD.decode(delivery["content"]["body_base64"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, body);
    assert_eq!(delivery["content"]["signature"], format!("sha256={}", openssl_hmac(&bytes)));
}
