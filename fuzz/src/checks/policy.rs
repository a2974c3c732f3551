//! A policy is within its limits, and more cosignatures never count for less.

use std::collections::BTreeSet;

use super::text_of;
use crate::known::LOG;
use crate::tlog::policy::{POLICY_BYTES_MAX, POLICY_DEFINITIONS_MAX, Policy};

/// Reads a policy.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let Ok(policy) = text.parse::<Policy>() else { return };
    assert!(text.len() <= POLICY_BYTES_MAX);
    assert!(policy.logs().len() <= POLICY_DEFINITIONS_MAX);
    assert!(policy.witnesses().len() <= POLICY_DEFINITIONS_MAX);
    counts_each_witness_once(&policy);
    needs_no_more_than_all(&policy);
    means_the_same_with_comments(&policy, text);
    let cosigned = LOG.cosigned(3);
    if let Ok(found) = policy.cosigned(&cosigned) {
        let names: Vec<&str> = found.by.iter().map(|(witness, _)| witness.name()).collect();
        assert_eq!(found.meets, policy.is_met_by(&names));
        assert!(found.by.iter().all(|(witness, _)| policy.witnesses().contains(witness)));
    }
}

fn counts_each_witness_once(policy: &Policy) {
    let distinct = |texts: BTreeSet<String>| assert_eq!(texts.len(), policy.witnesses().len());
    distinct(policy.witnesses().iter().map(|witness| witness.name().to_owned()).collect());
    distinct(policy.witness_keys().iter().map(ToString::to_string).collect());
}

fn needs_no_more_than_all(policy: &Policy) {
    let mut names = Vec::new();
    let mut was_met = policy.is_met_by(&names);
    for witness in policy.witnesses() {
        names.push(witness.name());
        let is_met = policy.is_met_by(&names);
        assert!(is_met || !was_met, "one more cosignature is not one less");
        was_met = is_met;
    }
    assert!(was_met, "every witness together is enough");
    names.push("nobody that the policy knows: it has spaces");
    assert!(policy.is_met_by(&names));
}

fn means_the_same_with_comments(policy: &Policy, text: &str) {
    let commented = format!("# before\n\n{text}\n \t# after\n");
    if commented.len() <= POLICY_BYTES_MAX {
        assert_eq!(commented.parse().as_ref(), Ok(policy));
    }
}
