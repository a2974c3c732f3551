//! An error with all its causes, for traces and reports.
//!
//! Errors of this crate do not repeat their cause in their own text, so that
//! whoever shows one shows the chain.

use std::error::Error;

/// The error's text and those of its causes, in one line.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the row was not read")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn every_cause_is_told_in_order() {
        assert_eq!(
            told(&Outer(std::io::Error::other("the disk"))),
            "the row was not read: the disk"
        );
        assert_eq!(told(&std::io::Error::other("alone")), "alone");
    }
}
