//! What is noticed in what a provider delivers, kept with it.

use serde_json::Value;

use crate::capture::fixtures::{Archive, delivery, keep, text_delivery, text_message};
use crate::capture::{CaptureConfig, Outcome};
use crate::policy::consent::Notice;
use crate::record::{Class, Record};

fn raw(record: &Record) -> Value {
    serde_json::from_str(record.raw.get()).unwrap()
}

#[tokio::test]
async fn a_word_of_consent_is_kept_with_its_message_in_every_language() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    let said = [
        ("STOP", "en", "certain"),
        ("إلغاء الاشتراك", "ar", "certain"),
        ("ΔΙΑΚΟΠΗ", "el", "certain"),
        ("baja", "es", "certain"),
        ("descadastrar", "pt", "certain"),
        ("बंद करो", "hi", "certain"),
        ("désabonner", "fr", "certain"),
        ("abmelden", "de", "certain"),
        ("cancellami", "it", "certain"),
        ("İPTAL", "tr", "candidate"),
    ];
    for (at, (text, _, _)) in said.iter().enumerate() {
        let body = text_delivery(&format!("w{at}"), text);
        assert_eq!(keep(&capture, &body).await.unwrap(), Outcome::Kept(3), "{text}");
    }
    let messages = archive.captured(Class::Message);
    let notices = archive.captured(Class::Consent);
    let records = archive.records(Class::Consent);
    assert_eq!(notices.len(), said.len());
    for (at, (text, language, certainty)) in said.into_iter().enumerate() {
        let ((message_at, message, of), (notice_at, _, with)) = (&messages[at], &notices[at]);
        assert_eq!((notice_at.get(), with), (message_at.get() + 1, of), "{text}");
        let told = raw(&records[at]);
        assert_eq!(told["recognised"]["record"], message.record.to_string());
        assert_eq!(told["recognised"]["kind"], "opt_out");
        assert_eq!(told["recognised"]["language"], language);
        assert_eq!(told["recognised"]["certainty"], certainty);
        assert_eq!(records[at].body.kind, "opt_out");
        let relation = records[at].body.relation.as_ref().unwrap();
        assert_eq!(relation.provider_id, format!("w{at}"));
        assert_eq!(records[at].from.as_ref().unwrap().phone.as_deref(), Some("4915550100777"));
        assert_eq!(records[at].number_id.as_deref(), Some("209900000000001"));
    }
}

#[tokio::test]
async fn a_message_that_comes_again_is_noted_once() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    keep(&capture, &text_delivery("w1", "stop")).await.unwrap();
    let again = delivery(&[text_message("w2", "hello"), text_message("w1", "stop")]);
    assert_eq!(keep(&capture, &again).await.unwrap(), Outcome::Kept(2));
    assert_eq!(archive.captured(Class::Consent).len(), 1);
    assert_eq!(archive.captured(Class::Message).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_deliveries_of_one_message_at_once_note_it_once() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    let tasks: Vec<_> = (0..8)
        .map(|at| {
            let capture = capture.clone();
            let other = text_message(&format!("other{at}"), "hello");
            let body = delivery(&[text_message("w1", "stop"), other]);
            tokio::spawn(async move { keep(&capture, &body).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(archive.captured(Class::Message).len(), 9);
    let notices = archive.records(Class::Consent);
    let [notice] = notices.as_slice() else { panic!("{}", notices.len()) };
    let kept = archive.captured(Class::Message);
    let Some(Notice::Recognised { record, .. }) = Notice::of(&notice.raw) else { panic!() };
    assert!(kept.iter().any(|(_, kept, _)| kept.record == record), "of the one that was kept");
}

#[tokio::test]
async fn what_the_business_says_what_is_said_in_a_group_and_what_is_not_said_is_not_noted() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    let in_group = text_message("w1", "stop").replace("\"from\"", "\"group_id\":\"g1\",\"from\"");
    let location = r#"{"from":"4915550100777","id":"w2","type":"location","location":{"latitude":1,"longitude":2,"name":"stop"}}"#;
    let chatter = text_message("w3", "the bus stop is in front of the door of our branch");
    keep(&capture, &delivery(&[in_group, location.to_owned(), chatter])).await.unwrap();
    let echo = String::from_utf8(text_delivery("w4", "stop")).unwrap();
    let echo = echo.replace("\"messages\":", "\"message_echoes\":");
    let echo = echo.replace("\"field\":\"messages\"", "\"field\":\"smb_message_echoes\"");
    keep(&capture, echo.as_bytes()).await.unwrap();
    assert_eq!(archive.captured(Class::Message).len(), 4);
    assert!(archive.captured(Class::Consent).is_empty());
}

#[tokio::test]
async fn a_button_and_an_edit_are_said_too() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    let button = r#"{"from":"4915550100777","id":"w1","timestamp":"1790000001","type":"button","button":{"text":"Stop promotions","payload":"x"}}"#;
    let edit = r#"{"from":"4915550100777","id":"w2","timestamp":"1790000002","type":"edit","edit":{"original_message_id":"w0","message":{"type":"text","text":{"body":"START"}}}}"#;
    keep(&capture, &delivery(&[button.to_owned(), edit.to_owned()])).await.unwrap();
    let told: Vec<Value> = archive.records(Class::Consent).iter().map(raw).collect();
    let [button, edit] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(button["recognised"]["purposes"], serde_json::json!(["marketing"]));
    assert_eq!(edit["recognised"]["kind"], "opt_in");
}

#[tokio::test]
async fn a_change_of_number_joins_the_old_one_and_the_new_one() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig::default());
    let system = |id: &str, to: &str| {
        format!(
            r#"{{"from":"4915550100777","id":"{id}","timestamp":"1790000001","type":"system","system":{{"body":"changed","wa_id":"{to}","type":"user_changed_number"}}}}"#
        )
    };
    let same = system("w2", "4915550100777");
    keep(&capture, &delivery(&[system("w1", "4915550100888"), same])).await.unwrap();
    assert_eq!(archive.captured(Class::Contact).len(), 2);
    let notices = archive.records(Class::Consent);
    let [notice] = notices.as_slice() else { panic!("{}", notices.len()) };
    assert!(matches!(Notice::of(&notice.raw), Some(Notice::Joined { .. })));
    assert_eq!(notice.from.as_ref().unwrap().phone.as_deref(), Some("4915550100777"));
    assert_eq!(notice.body.mentions[0].phone.as_deref(), Some("4915550100888"));
}
