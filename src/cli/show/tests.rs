use super::*;

const MESSAGE: &str = r#"{
  "record":"0123456789abcdef0123456789abcdef","entry":4,"captured":"2026-11-21T08:15:03.25Z",
  "class":"message","thread":"7d41c09be8a35f626a1f3c5d7e9b0a24",
  "delivery":"1123456789abcdef0123456789abcdef",
  "content":{"v":1,"class":"message","provider":"meta","field":"messages","origin":"live",
    "number":"4915550100001","provider_id":"wamid.X","at":1795248902,"direction":"inbound",
    "from":{"phone":"972555010101","name":"דנה"},"to":{"phone":"4915550100001"},
    "body":{"kind":"image","text":"שלום\nhello","media":{"id":"9","mime":"image/png"},
            "relation":{"kind":"replies_to","provider_id":"wamid.Y"}},
    "raw":{ "type" : "image","n":1.0e2 }},
  "media":[{"id":"2123456789abcdef0123456789abcdef","entry":5,"matches":false}],
  "later":[{"record":"3123456789abcdef0123456789abcdef","entry":6,"relation":"reacts_to",
            "at":"2026-11-21T08:16:00Z","kind":"reaction","from":null,"text":"👍"}],
  "later_more":0}"#;

/// What is printed, isolates made visible as `<…>`.
fn printed(json: &str) -> String {
    let view: RecordView = serde_json::from_str(json).unwrap();
    let mut out = vec![];
    page::print(&view, &content_of(&view), &mut Printer::new(&mut out, false)).unwrap();
    String::from_utf8(out).unwrap().replace('\u{2068}', "<").replace('\u{2069}', ">")
}

#[test]
fn a_message_is_a_readable_page() {
    insta::assert_snapshot!(printed(MESSAGE), @r"
    record     0123456789abcdef0123456789abcdef
    entry      4
    class      message
    captured   2026-11-21 08:15:03 UTC
    thread     7d41c09be8a35f626a1f3c5d7e9b0a24
    delivery   1123456789abcdef0123456789abcdef
    kind       image
    at         2026-11-21 08:15:02 UTC
    way        inbound
    origin     live, as it happened
    from       <דנה> (972555010101)
    to         4915550100001
    number     4915550100001
    id there   wamid.X
    answers    wamid.Y
    announces  [image/png]

        <שלום>
        hello

    medium     2123456789abcdef0123456789abcdef  has ANOTHER digest than announced

    later:
        - 2026-11-21 08:16:00 UTC  reaction: 👍  3123456789abcdef0123456789abcdef
    ");
}

#[test]
fn raw_is_the_providers_bytes_exactly() {
    let view: RecordView = serde_json::from_str(MESSAGE).unwrap();
    let bytes = raw(&content_of(&view), &view).unwrap();
    assert_eq!(bytes, br#"{ "type" : "image","n":1.0e2 }"#);
}

const DELIVERY: &str = r#"{
  "record":"1123456789abcdef0123456789abcdef","entry":3,"captured":"2026-11-21T08:15:03Z",
  "class":"delivery","thread":null,"delivery":null,
  "content":{"received":"2026-11-21T08:15:03.000000Z","signature":"sha256=00","size":2,
             "body_base64":"e30="},
  "media":[],"later":[],"later_more":0}"#;

#[test]
fn a_delivery_is_shown_by_its_circumstances_and_given_out_raw() {
    assert!(printed(DELIVERY).contains("size       2 bytes; --raw prints them"));
    let view: RecordView = serde_json::from_str(DELIVERY).unwrap();
    assert_eq!(raw(&content_of(&view), &view).unwrap(), b"{}");
}

#[test]
fn an_access_is_shown_as_it_was_sealed() {
    let access = DELIVERY
        .replace("\"class\":\"delivery\"", "\"class\":\"access\"")
        .replace("\"received\"", "\"reason\":\"case 7\\u001b[2J\",\"received\"");
    let text = printed(&access);
    assert!(text.contains("\"reason\": \"case 7\\u001b[2J\""), "{text}");
    let view: RecordView = serde_json::from_str(&access).unwrap();
    let refused = raw(&content_of(&view), &view).unwrap_err();
    assert!(refused.to_string().contains("--raw"), "{refused}");
}
