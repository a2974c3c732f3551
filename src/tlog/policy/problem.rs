//! Why a text is no policy, with the line to correct.

use super::{POLICY_BYTES_MAX, POLICY_DEFINITIONS_MAX};
use crate::tlog::note::BadKey;

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPolicy {
    /// It is longer than [`POLICY_BYTES_MAX`].
    #[error("the policy has {bytes} bytes; the most is {POLICY_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A line is wrong.
    #[error("line {line} of the policy cannot be used")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        problem: PolicyProblem,
    },
    /// Nothing says which cosignatures are enough.
    #[error("the policy has no quorum: end it with `quorum NAME`, or with `quorum none`")]
    NoQuorum,
}

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// It has a control character that is not a tab.
    #[error(
        "it has a control character; a text of Windows has one at each line's end: save it with \
         plain line ends"
    )]
    ControlCharacter,
    /// Its first word is none of the four.
    #[error("{0:?} begins no line: write log, witness, group, quorum, or # for a comment")]
    UnknownWord(String),
    /// Words are missing or too many.
    #[error("expected `{0}`")]
    Form(&'static str),
    /// The key does not read.
    #[error("the key cannot be used")]
    Key(#[source] BadKey),
    /// The key signs something else.
    #[error("the key signs {found}, but this line takes one that signs {expected}")]
    KeyOfOtherUse {
        /// What it signs.
        found: &'static str,
        /// What it should sign.
        expected: &'static str,
    },
    /// The key stands on another line, perhaps under another name.
    #[error("the same key stands on an earlier line")]
    KeyTwice,
    /// The name means something else already.
    #[error("{0:?} was defined on an earlier line, or means something by itself")]
    NameTaken(String),
    /// Nothing of that name was defined before.
    #[error("{0:?} is not defined on an earlier line")]
    UnknownName(String),
    /// A witness or a group would count twice.
    #[error("{0:?} is a member of a group already, and would count twice")]
    MemberTwice(String),
    /// More members are asked for than there are, or none.
    #[error("{enough:?} of {members} members: write all, any, or a number from 1 to {members}")]
    Threshold {
        /// What was asked for.
        enough: String,
        /// How many there are.
        members: usize,
    },
    /// There are too many lines of a kind.
    #[error("a policy has at most {POLICY_DEFINITIONS_MAX} lines of this kind")]
    TooMany,
    /// There is a second quorum line.
    #[error("there is a quorum on an earlier line")]
    QuorumTwice,
}
