//! The parts of judging that stand for themselves; the whole is tested with the state.

use super::*;
use crate::conduct::told::Sighting;
use crate::policy::Mark;

fn sent(how: How, price: Option<Price>) -> Sent {
    let seen = Sighting {
        message: Mark(7),
        number: Mark(1),
        parties: vec![Mark(2)],
        at: 1_000_000,
        sent_then: true,
        how,
        price,
        free_until: None,
        template: None,
        refused: None,
    };
    Sent::first(&seen, RecordId::from_bytes([1; 16]), 5, 1_000_010)
}

#[test]
fn months_are_those_of_the_calendar() {
    let until = |given: &str, months| {
        valid_until(given.parse().unwrap(), months).map(|until| until.to_string())
    };
    assert_eq!(until("2024-02-29T10:00:00Z", 12).unwrap(), "2025-02-28T10:00:00Z");
    assert_eq!(until("2026-01-31T10:00:00Z", 1).unwrap(), "2026-02-28T10:00:00Z");
    assert_eq!(until("2026-01-31T10:00:00Z", 24).unwrap(), "2028-01-31T10:00:00Z");
    assert_eq!(until("2026-01-31T10:00:00Z", 0), None);
    assert_eq!(until("9999-01-01T00:00:00Z", u16::MAX), None, "beyond every calendar");
}

#[test]
fn what_the_provider_refused_is_certain_and_other_failures_are_nothing() {
    for (code, expected) in [
        (131_047, Some((FindingKind::OutsideWindow, Because::ProviderWindow))),
        (131_050, Some((FindingKind::AfterOptOut, Because::ProviderStopped))),
        (132_001, Some((FindingKind::TemplateNotApproved, Because::ProviderTemplateMissing))),
        (132_015, Some((FindingKind::TemplateNotApproved, Because::ProviderTemplatePaused))),
        (132_016, Some((FindingKind::TemplateNotApproved, Because::ProviderTemplateDisabled))),
        (131_026, None),
        (0, None),
    ] {
        let (ledger, templates) = (Ledger::default(), Templates::default());
        let measure = crate::conduct::config::ConductConfig::default().measure();
        let ground = Ground { ledger: &ledger, templates: &templates, measure: &measure };
        let mut message = sent(How::Api, Some(Price::Template(Priced::Marketing)));
        message.refused = Some(code);
        let found = judge(&message, &ground);
        let told: Vec<_> = found.iter().map(|wrong| (wrong.kind, wrong.because)).collect();
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{code}");
        assert!(found.iter().all(|wrong| wrong.certain));
        assert!(!is_unclear(&message), "it is known what became of it");
    }
}

#[test]
fn what_cannot_be_judged_is_unclear() {
    for (how, price, unclear) in [
        (How::Api, None, true),
        (How::Api, Some(Price::Other), true),
        (How::Api, Some(Price::Service), false),
        (How::Api, Some(Price::Template(Priced::Utility)), false),
        (How::ApiPlain, None, false),
        (How::Typed, None, false),
    ] {
        assert_eq!(is_unclear(&sent(how, price)), unclear, "{how:?} {price:?}");
    }
    let mut message = sent(How::Api, Some(Price::Service));
    message.around.blind = true;
    assert!(is_unclear(&message), "what may have opened the window is destroyed");
    message.around.blind = false;
    message.captured = message.at + LATE_SECONDS_MAX + 1;
    assert!(is_unclear(&message), "it came too late");
    message.captured = message.at;
    message.sent_then = false;
    assert!(is_unclear(&message), "nobody knows when it was sent");
}
