//! The story holds what it promises: authentic JSON, unique ids, every kind of
//! event, and searches with one answer.

use serde_json::Value;

use super::*;

#[test]
fn signatures_agree_with_independent_vectors() {
    // HMAC-SHA256 under `test_app_secret`, computed with another implementation.
    let vectors: [(&[u8], &str); 3] = [
        (
            br#"{"object":"whatsapp_business_account","entry":[]}"#,
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
        ),
        (
            br#"{"t":"\u00e4\u00f6 \ud83d\ude00 https:\/\/x.example\/"}"#,
            "sha256=ff117d0ddda545ac0d1ea5965ecd86536f0e91c92a4e3d8282ddc11c826a3e44",
        ),
        (
            r#"{"t":"äö 😀 https://x.example/"}"#.as_bytes(),
            "sha256=49a6a62b9c5774ce55b053bd6c5b71791ff5c9e7af43a36a5bab82d2efdddbac",
        ),
    ];
    for (body, expected) in vectors {
        assert_eq!(sign("test_app_secret", body), expected);
    }
}

#[test]
fn text_is_escaped_as_meta_escapes_it() {
    let composed = json::text("äö 😀 https://x.example/ \"q\" \\ \n\u{1}");
    let expected = r#""\u00e4\u00f6 \ud83d\ude00 https:\/\/x.example\/ \"q\" \\ \n\u0001""#;
    assert_eq!(composed, expected);
}

#[test]
fn times_are_unix_seconds() {
    assert_eq!(script::unix_seconds("1970-01-01 00:00:00"), 0);
    assert_eq!(script::unix_seconds("2024-02-29 12:00:00"), 1_709_208_000);
    assert_eq!(script::unix_seconds("2026-09-21 08:14:22"), 1_789_978_462);
}

#[test]
fn a_wamid_is_base64_of_a_form_with_the_number_inside() {
    use base64::Engine as _;
    let id = script::wamid("seed", "447700900114", false);
    let inner = id.strip_prefix("wamid.").unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(inner).unwrap();
    assert!(bytes.windows(12).any(|window| window == b"447700900114"));
    assert_ne!(id, script::wamid("another seed", "447700900114", false));
}

#[test]
fn about_two_hundred_deliveries_come_in_order_of_time() {
    let story = story();
    assert!((190..=240).contains(&story.deliveries.len()), "{}", story.deliveries.len());
    assert!(story.deliveries.is_sorted_by_key(|delivery| delivery.at));
}

#[test]
fn every_body_is_ascii_and_json_except_the_one_cut_short() {
    let story = story();
    let broken = |delivery: &&Delivery| serde_json::from_slice::<Value>(&delivery.body).is_err();
    let broken: Vec<_> = story.deliveries.iter().filter(broken).collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(broken[0].expect.records, BTreeMap::from([("unrecognised", 1)]));
    assert!(story.deliveries.iter().all(|delivery| delivery.body.is_ascii()));
}

#[test]
fn only_the_forged_delivery_fails_the_check_of_its_signature() {
    for delivery in story().deliveries {
        let authentic = delivery.signature_header() == sign(APP_SECRET, &delivery.body);
        assert_eq!(authentic, delivery.signature == Signature::Good);
        assert_eq!(authentic, delivery.expect.status == STATUS_TAKEN);
        assert!(authentic || !delivery.expect.new);
    }
}

#[test]
fn one_delivery_is_repeated_exactly_and_one_in_another_spelling() {
    let story = story();
    let mut seen = BTreeSet::new();
    let repeated: Vec<_> =
        story.deliveries.iter().filter(|one| !seen.insert(one.body.clone())).collect();
    assert_eq!(repeated.len(), 1);
    assert!(!repeated[0].expect.new && repeated[0].expect.records.is_empty());

    let only_known = |one: &&Delivery| one.expect.records.is_empty() && !one.expect.new;
    let authentic = story.deliveries.iter().filter(|one| one.signature == Signature::Good);
    let regrouped: Vec<_> =
        authentic.filter(only_known).filter(|one| one.body != repeated[0].body).collect();
    let [regrouped] = regrouped.as_slice() else { panic!("{regrouped:?}") };
    assert!(
        regrouped.body.starts_with(b"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\"")
    );
    let tree: Value = serde_json::from_slice(&regrouped.body).unwrap();
    let again = elements_of(&tree);
    assert_eq!(again.len(), 4);
    for (_, message) in &again {
        let known = story.deliveries.iter().filter(|one| one.at < regrouped.at).any(|one| {
            let tree = serde_json::from_slice(&one.body).unwrap_or_default();
            elements_of(&tree).iter().any(|(_, other)| other == message)
        });
        assert!(known, "{message}");
    }
}

#[test]
fn the_counts_promised_are_the_counts_in_the_bodies() {
    let story = story();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let new = |one: &&Delivery| one.expect.new;
    for delivery in story.deliveries.iter().filter(new) {
        let Ok(tree) = serde_json::from_slice::<Value>(&delivery.body) else {
            *found.entry("unrecognised").or_default() += 1;
            continue;
        };
        for (place, element) in elements_of(&tree) {
            let class = match (place.as_str(), element["type"].as_str()) {
                (_, Some("hologram")) | ("quantum_sync", _) => "unrecognised",
                (_, Some("system")) | ("state_sync", _) => "contact",
                ("statuses", _) => "status",
                ("user_preferences", _) => "consent",
                ("calls", _) => "call",
                ("messages" | "message_echoes", _) => "message",
                _ => "account",
            };
            *found.entry(class).or_default() += 1;
        }
    }
    // Five customers write to stop, each in their language, and one changes her number.
    *found.entry("consent").or_default() += 6;
    found.insert("medium", 5);
    // All but two repetitions and a forgery.
    found.insert("delivery", story.deliveries.len() - 3);
    assert_eq!(story.expected_records_by_class(), found);
    assert!(story.expected_messages() > 180);
}

#[test]
fn message_ids_are_unique_except_for_a_placeholder_and_its_file() {
    let story = story();
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let new = |one: &&Delivery| one.expect.new;
    for delivery in story.deliveries.iter().filter(new) {
        let tree = serde_json::from_slice(&delivery.body).unwrap_or_default();
        for (place, element) in elements_of(&tree) {
            let (Some(id), Some(kind)) = (element["id"].as_str(), element["type"].as_str()) else {
                continue;
            };
            if place != "statuses" {
                kinds.entry(id.to_owned()).or_default().push(kind.to_owned());
            }
        }
    }
    let shared: Vec<_> = kinds.into_values().filter(|kinds| kinds.len() > 1).collect();
    assert_eq!(shared, [["media_placeholder", "document"]]);
}

#[test]
fn every_kind_of_event_is_told() {
    let story = story();
    let all: String =
        story.deliveries.iter().map(|one| String::from_utf8_lossy(&one.body)).collect();
    let wanted = [
        "text",
        "image",
        "audio",
        "document",
        "location",
        "contacts",
        "reaction",
        "interactive",
        "button_reply",
        "list_reply",
        "button",
        "order",
        "edit",
        "revoke",
        "system",
        "unsupported",
        "hologram",
        "media_placeholder",
        "user_changed_number",
    ];
    for kind in wanted {
        assert!(all.contains(&format!("\"type\":\"{kind}\"")), "no {kind}");
    }
    for word in ["sent", "delivered", "read", "failed"] {
        assert!(all.contains(&format!("\"status\":\"{word}\"")), "no {word}");
    }
    let fields = [
        "messages",
        "smb_message_echoes",
        "history",
        "smb_app_state_sync",
        "account_update",
        "user_preferences",
        "message_template_status_update",
        "calls",
        "quantum_sync",
    ];
    for field in fields {
        assert!(all.contains(&format!("\"field\":\"{field}\"")), "no {field}");
    }
    for language in ["en", "ar", "el", "es", "pt", "hi"] {
        assert!(story.languages().contains(language), "nobody speaks {language}");
    }
}

#[test]
fn one_delivery_brings_many_elements_of_several_accounts_and_fields() {
    let story = story();
    let largest =
        story.deliveries.iter().max_by_key(|one| one.expect.records.values().sum::<usize>());
    let tree: Value = serde_json::from_slice(&largest.unwrap().body).unwrap();
    assert_eq!(tree["entry"].as_array().unwrap().len(), 2);
    let changes = |entry: &Value| entry["changes"].as_array().map_or(0, Vec::len);
    assert!(tree["entry"].as_array().unwrap().iter().any(|entry| changes(entry) > 1));
    assert!(elements_of(&tree).len() >= 12);
}

#[test]
fn a_reaction_is_given_and_taken_back() {
    let story = story();
    let target = story.id_of("ada-fill");
    let emoji: Vec<bool> = story
        .deliveries
        .iter()
        .filter_map(|one| serde_json::from_slice::<Value>(&one.body).ok())
        .flat_map(|tree| elements_of(&tree))
        .filter(|(_, element)| element["reaction"]["message_id"] == target)
        .map(|(_, element)| element["reaction"]["emoji"].is_string())
        .collect();
    assert_eq!(emoji, [true, false]);
}

#[test]
fn every_medium_is_small_real_and_announced_with_its_digest() {
    let story = story();
    let magic: [&[u8]; 3] = [b"\x89PNG\r\n\x1a\n", b"%PDF-1.4", b"OggS"];
    for medium in &story.media {
        assert!(medium.bytes.len() < 30_000);
        assert!(magic.iter().any(|magic| medium.bytes.starts_with(magic)), "{}", medium.name);
        let digest = json::text(&medium.sha256_base64());
        let announced = story.deliveries.iter().filter(|one| one.expect.new).filter(|one| {
            let body = String::from_utf8_lossy(&one.body);
            body.contains(medium.id) && body.contains(&digest)
        });
        assert_eq!(announced.count(), 1, "{}", medium.name);
    }
}

#[test]
fn the_people_need_no_telephone_number() {
    let story = story();
    for user in ["US.7700000000000000128", "ES.7700000000000000165"] {
        let messages: Vec<Value> = story
            .deliveries
            .iter()
            .filter_map(|one| serde_json::from_slice(&one.body).ok())
            .flat_map(|tree| elements_of(&tree))
            .map(|(_, element)| element)
            .filter(|element| element["from_user_id"] == user)
            .collect();
        assert!(messages.len() > 3);
        assert!(messages.iter().all(|message| message.get("from").is_none()));
    }
}

#[test]
fn every_search_has_the_one_answer_it_names() {
    let story = story();
    let says = |needle: &str, party: Option<&str>| -> Vec<String> {
        let plain = fold(needle.trim_matches('"'));
        let lines = story.script.lines.iter().filter(|line| line.get("signature").is_none());
        lines
            .filter(|line| line.get("say").is_some_and(|say| fold(say).contains(&plain)))
            .filter(|line| {
                let (who, _) = line.customer().unwrap();
                party.is_none() || story.script.person(who).phone() == party
            })
            .map(|line| line.get("id").unwrap_or("unlabelled").to_owned())
            .collect()
    };
    for search in SEARCHES {
        assert_eq!(says(search.query, search.party), [search.finds], "{}", search.shows);
    }
}

#[test]
fn a_hundred_and_fifty_sentences_are_all_different() {
    let story = story();
    let mut said = BTreeSet::new();
    for line in &story.script.lines {
        if let Some(say) = line.get("say") {
            assert!(said.insert(say.to_owned()), "said twice: {say}");
        }
    }
    assert!(said.len() >= 150, "{}", said.len());
}

/// The elements of a body, each with the name of the array (or the field) it stands in.
fn elements_of(tree: &Value) -> Vec<(String, Value)> {
    let entries = tree["entry"].as_array().into_iter().flatten();
    let changes = entries.flat_map(|entry| entry["changes"].as_array().into_iter().flatten());
    changes.flat_map(elements_of_change).collect()
}

fn elements_of_change(change: &Value) -> Vec<(String, Value)> {
    const ARRAYS: [&str; 6] =
        ["messages", "message_echoes", "statuses", "state_sync", "user_preferences", "calls"];
    let value = &change["value"];
    let threads = value["history"].as_array().into_iter().flatten();
    let threads = threads.flat_map(|chunk| chunk["threads"].as_array().into_iter().flatten());
    let mut found: Vec<(String, Value)> = threads
        .flat_map(|thread| thread["messages"].as_array().into_iter().flatten())
        .map(|message| ("messages".to_owned(), message.clone()))
        .collect();
    for name in ARRAYS {
        let items = value[name].as_array().into_iter().flatten().cloned();
        found.extend(items.map(|item| (name.to_owned(), item)));
    }
    if found.is_empty() {
        found.push((change["field"].as_str().unwrap_or("?").to_owned(), value.clone()));
    }
    found
}

/// Greek without accents and everything in lower case, as far as the story needs it.
fn fold(text: &str) -> String {
    let plain = |letter| match letter {
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' => 'υ',
        'ώ' => 'ω',
        other => other,
    };
    text.to_lowercase().chars().map(plain).collect()
}
