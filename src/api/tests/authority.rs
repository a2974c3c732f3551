//! Who may ask what.

use super::*;
use crate::query::fixtures::message;

/// The addresses of content, of proofs and of tokens, of a real record.
async fn addresses(door: &Door) -> [(Permission, String); 10] {
    let record = door.archive.keep(&message(1, "wamid.A", "hello")).await;
    let medium = door.archive.attach(record, b"x").await;
    door.archive.indexed().await;
    door.archive.signed().await;
    let thread = door.archive.index.thread_of(record).unwrap().unwrap();
    [
        (Permission::CheckLog, "/v1/log/checkpoint".to_owned()),
        (Permission::CheckLog, "/v1/log/consistency?old=1".to_owned()),
        (Permission::CheckLog, "/v1/log/tile/entries/000.p/1".to_owned()),
        (Permission::CheckLog, format!("/v1/records/{record}/entry")),
        (Permission::CheckLog, format!("/v1/records/{record}/receipt")),
        (Permission::ReadContent, "/v1/search?q=hello".to_owned()),
        (Permission::ReadContent, format!("/v1/records/{record}")),
        (Permission::ReadContent, format!("/v1/records/{record}/media/{medium}")),
        (Permission::ReadContent, format!("/v1/threads/{thread}")),
        (Permission::SeeTokens, "/v1/tokens".to_owned()),
    ]
}

#[tokio::test]
async fn each_role_gets_what_it_may_and_403_for_the_rest() {
    let door = Door::new();
    let addresses = addresses(&door).await;
    for role in Role::ALL {
        let token = door.token_of(role);
        for (needs, address) in &addresses {
            let answer = door.get(address, token).await;
            if role.may(*needs) {
                assert_eq!(answer.status, 200, "{role} {address} {}", answer.text());
            } else {
                let told = answer.is_problem(403, "not_permitted");
                assert_eq!(told["needs"], needs.as_str());
            }
        }
    }
}

#[tokio::test]
async fn without_a_good_token_everything_is_401_and_no_access() {
    let door = Door::new();
    let addresses = addresses(&door).await;
    for (_, address) in &addresses {
        let bare = Request::builder().uri(address).body(Body::empty()).unwrap();
        let answer = door.ask(bare).await;
        answer.is_problem(401, "token_missing");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"muniment\"");
        let basic = Request::builder().uri(address).header("authorization", "Basic bXVuOng=");
        door.ask(basic.body(Body::empty()).unwrap()).await.is_problem(401, "token_missing");
        let id = &door.officer[..21];
        for wrong in
            ["", "x", "mun_", "mun_0_0", &format!("{id}AAAA"), &format!("{}A", door.officer)]
        {
            door.get(address, wrong).await.is_problem(401, "token_unknown");
        }
    }
    assert!(door.archive.accesses().is_empty());
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let door = Door::new();
    let mut request = get("/v1/search?q=x", &door.officer);
    let second = axum::http::HeaderValue::from_static("Bearer mun_0_0");
    request.headers_mut().append("authorization", second);
    door.ask(request).await.is_problem(401, "token_missing");
}

#[tokio::test]
async fn a_revoked_token_ends_at_once() {
    let door = Door::new();
    door.archive.signed().await;
    assert_eq!(door.get("/v1/search?q=x", &door.officer).await.status, 200);
    let id = &door.officer[4..20];
    tokens::revoke(&door.tokens_file, id, door.archive.clock.now()).unwrap();
    door.get("/v1/search?q=x", &door.officer).await.is_problem(401, "token_ended");
    assert_eq!(door.get("/v1/log/checkpoint", &door.auditor).await.status.as_u16() / 100, 2);
}

#[tokio::test]
async fn the_admin_sees_who_has_tokens_and_no_secret() {
    let door = Door::new();
    let answer = door.get("/v1/tokens", &door.admin).await;
    let told = answer.json();
    let names: Vec<_> = told["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["name"].as_str().unwrap())
        .collect();
    let all = [
        "Ada Auditor",
        "Otto Officer",
        "Cora Counsel",
        "Rhea Records",
        "Petra Privacy",
        "Ada Admin",
    ];
    assert_eq!(names, all);
    assert_eq!(told["tokens"][1]["good"], true);
    for token in [&door.auditor, &door.officer, &door.admin] {
        assert!(!answer.text().contains(&token[21..]));
    }
    assert!(!answer.text().contains("sha256"));
}

#[tokio::test]
async fn the_access_names_the_token_and_the_reason() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "wamid.A", "hello")).await;
    let mut request = get(&format!("/v1/records/{record}"), &door.officer);
    let reason = axum::http::HeaderValue::from_bytes("Beschwerde Müller".as_bytes()).unwrap();
    request.headers_mut().insert("muniment-reason", reason);
    assert_eq!(door.ask(request).await.status, 200);
    let accesses = door.archive.accesses();
    assert_eq!(accesses.len(), 1);
    assert_eq!(accesses[0].1["who"], &door.officer[4..20]);
    assert_eq!(accesses[0].1["name"], "Otto Officer");
    assert_eq!(accesses[0].1["reason"], "Beschwerde Müller");
}

#[tokio::test]
async fn a_reason_that_is_no_text_is_refused() {
    let door = Door::new();
    let mut request = get("/v1/search?q=x", &door.officer);
    let latin1 = axum::http::HeaderValue::from_bytes(b"M\xfcller").unwrap();
    request.headers_mut().insert("muniment-reason", latin1);
    door.ask(request).await.is_problem(400, "reason_malformed");
    let mut request = get("/v1/search?q=x", &door.officer);
    let long = axum::http::HeaderValue::try_from("x".repeat(1001)).unwrap();
    request.headers_mut().insert("muniment-reason", long);
    door.ask(request).await.is_problem(400, "reason_too_long");
    assert!(door.archive.accesses().is_empty());
}
