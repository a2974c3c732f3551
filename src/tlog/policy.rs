//! Whose signatures are enough: which logs, which witnesses, how many of them.
//!
//! A C2SP tlog-policy, <https://c2sp.org/tlog-policy>: a text that an auditor writes
//! and hands to whoever checks checkpoints. It is the one text here that is not
//! read in one form only: spaces, comments and the order of lines are free.
//!
//! A policy judges signatures. That a tree grew out of the one before is what
//! each cosignature says.

mod problem;
mod read;
#[cfg(test)]
mod tests;

use super::note::{CosignatureTime, Note, Untrusted, VerifierKey};

pub use problem::{BadPolicy, PolicyProblem};

/// The most bytes of a policy.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// The most logs, the most witnesses and the most groups of a policy; the
/// specification asks for at least 32 of each.
pub const POLICY_DEFINITIONS_MAX: usize = 128;

/// Which logs and witnesses are trusted, and which of the witnesses together are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    /// The witnesses' keys, in their order.
    keys: Vec<VerifierKey>,
    groups: Vec<Group>,
    quorum: Quorum,
}

/// A log that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    key: VerifierKey,
    url: Option<String>,
}

/// A witness that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    name: String,
    key: VerifierKey,
    url: Option<String>,
}

/// Members of which so many are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: String,
    enough: usize,
    members: Vec<Member>,
}

/// A witness or a group that was defined before, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// Which cosignatures make a checkpoint good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quorum {
    /// None are asked for.
    None,
    Of(Member),
}

/// Which of a policy's witnesses have cosigned a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned<'p> {
    /// The witnesses, each with the time that it states.
    pub by: Vec<(&'p PolicyWitness, CosignatureTime)>,
    /// Whether they are enough.
    pub meets: bool,
}

impl Policy {
    /// The logs whose checkpoints are taken; empty where that is known otherwise.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses that are known, asked for or not.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The witnesses' keys.
    pub fn witness_keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// Whether cosignatures by the witnesses of these names, which must have been
    /// verified, are enough. Names that the policy does not know count nothing.
    pub fn is_met_by(&self, names: &[&str]) -> bool {
        let witnessed: Vec<bool> =
            self.witnesses.iter().map(|witness| names.contains(&witness.name.as_str())).collect();
        // A group names only what was defined before it.
        let mut grouped: Vec<bool> = Vec::with_capacity(self.groups.len());
        let is_met = |member: Member, grouped: &[bool]| match member {
            Member::Witness(at) => witnessed.get(at).copied().unwrap_or(false),
            Member::Group(at) => grouped.get(at).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let met = group.members.iter().filter(|member| is_met(**member, &grouped)).count();
            grouped.push(met >= group.enough);
        }
        match self.quorum {
            Quorum::None => true,
            Quorum::Of(member) => is_met(member, &grouped),
        }
    }

    /// Checks the cosignatures on a checkpoint that are by known witnesses. Whether
    /// the log itself signed it is not looked at.
    ///
    /// # Errors
    /// When one of them does not verify: such a checkpoint is refused whole.
    pub fn cosigned(&self, checkpoint: &Note) -> Result<Cosigned<'_>, Untrusted> {
        let verified = match checkpoint.verify(&self.keys) {
            Ok(verified) => verified,
            Err(Untrusted::NoKnownKey) => vec![],
            Err(refused @ (Untrusted::BadSignature { .. } | Untrusted::AmbiguousKey { .. })) => {
                return Err(refused);
            }
        };
        let by: Vec<_> = verified
            .iter()
            .filter_map(|found| {
                let witness = self.witnesses.iter().find(|witness| witness.key == *found.key)?;
                Some((witness, found.cosigned_at?))
            })
            .collect();
        let names: Vec<&str> = by.iter().map(|(witness, _)| witness.name()).collect();
        let meets = self.is_met_by(&names);
        Ok(Cosigned { by, meets })
    }
}

impl PolicyLog {
    /// The log's key; its name is the origin of the log's checkpoints.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Where the log is.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

impl PolicyWitness {
    /// What the policy calls it; its key may have another name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that it cosigns with.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Where it takes checkpoints: the submission prefix.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}
