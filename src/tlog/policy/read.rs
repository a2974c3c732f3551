//! Reading a policy, line by line.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{
    BadPolicy, Group, Member, POLICY_BYTES_MAX, POLICY_DEFINITIONS_MAX, Policy, PolicyLog,
    PolicyProblem, PolicyWitness, Quorum,
};
use crate::tlog::note::{KeyType, VerifierKey};

/// The name that stands for no cosignatures at all.
const NONE: &str = "none";

/// Characters of a word that an error repeats.
const REPEATED_CHARS_MAX: usize = 40;

const LOG_FORM: &str = "log VKEY [URL]";
const WITNESS_FORM: &str = "witness NAME VKEY [URL]";
const GROUP_FORM: &str = "group NAME all|any|NUMBER MEMBER…";
const QUORUM_FORM: &str = "quorum NAME, or quorum none";

impl FromStr for Policy {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(BadPolicy::TooLong { bytes: text.len() });
        }
        let mut reader = Reader::default();
        for (line, text) in (1..).zip(text.split('\n')) {
            reader.read(text).map_err(|problem| BadPolicy::Line { line, problem })?;
        }
        reader.finish()
    }
}

/// What the lines so far have defined.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    names: BTreeMap<String, Member>,
    /// Names that are members of a group.
    taken: Vec<Member>,
    quorum: Option<Quorum>,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), PolicyProblem> {
        if line.chars().any(|c| (c < ' ' && c != '\t') || c == '\u{7f}') {
            return Err(PolicyProblem::ControlCharacter);
        }
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let Some(first) = words.next().filter(|word| !word.starts_with('#')) else {
            return Ok(());
        };
        let words: Vec<&str> = words.collect();
        match first {
            "log" => self.log(&words),
            "witness" => self.witness(&words),
            "group" => self.group(&words),
            "quorum" => self.quorum(&words),
            other => Err(PolicyProblem::UnknownWord(repeated(other))),
        }
    }

    fn log(&mut self, words: &[&str]) -> Result<(), PolicyProblem> {
        let (key, url) = match words {
            [key] => (key, None),
            [key, url] => (key, Some((*url).to_owned())),
            _ => return Err(PolicyProblem::Form(LOG_FORM)),
        };
        let key = key_for(KeyType::Ed25519, key)?;
        if self.logs.iter().any(|log| log.key.public() == key.public()) {
            return Err(PolicyProblem::KeyTwice);
        }
        push(&mut self.logs, PolicyLog { key, url })
    }

    fn witness(&mut self, words: &[&str]) -> Result<(), PolicyProblem> {
        let (name, key, url) = match words {
            [name, key] => (name, key, None),
            [name, key, url] => (name, key, Some((*url).to_owned())),
            _ => return Err(PolicyProblem::Form(WITNESS_FORM)),
        };
        let key = key_for(KeyType::CosignatureV1, key)?;
        if self.witnesses.iter().any(|witness| witness.key.public() == key.public()) {
            return Err(PolicyProblem::KeyTwice);
        }
        self.name(name, Member::Witness(self.witnesses.len()))?;
        push(&mut self.witnesses, PolicyWitness { name: (*name).to_owned(), key, url })
    }

    fn group(&mut self, words: &[&str]) -> Result<(), PolicyProblem> {
        let [name, enough, members @ ..] = words else {
            return Err(PolicyProblem::Form(GROUP_FORM));
        };
        if members.is_empty() {
            return Err(PolicyProblem::Form(GROUP_FORM));
        }
        let enough = threshold(enough, members.len())?;
        let members = members.iter().map(|member| self.member(member));
        let members = members.collect::<Result<_, _>>()?;
        self.name(name, Member::Group(self.groups.len()))?;
        push(&mut self.groups, Group { name: (*name).to_owned(), enough, members })
    }

    fn quorum(&mut self, words: &[&str]) -> Result<(), PolicyProblem> {
        let [name] = words else { return Err(PolicyProblem::Form(QUORUM_FORM)) };
        if self.quorum.is_some() {
            return Err(PolicyProblem::QuorumTwice);
        }
        let quorum = if *name == NONE { Quorum::None } else { Quorum::Of(self.find(name)?) };
        self.quorum = Some(quorum);
        Ok(())
    }

    fn name(&mut self, name: &str, member: Member) -> Result<(), PolicyProblem> {
        if name == NONE || self.names.contains_key(name) {
            return Err(PolicyProblem::NameTaken(repeated(name)));
        }
        self.names.insert(name.to_owned(), member);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<Member, PolicyProblem> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| PolicyProblem::UnknownName(repeated(name)))
    }

    fn member(&mut self, name: &str) -> Result<Member, PolicyProblem> {
        let member = self.find(name)?;
        if self.taken.contains(&member) {
            return Err(PolicyProblem::MemberTwice(repeated(name)));
        }
        self.taken.push(member);
        Ok(member)
    }

    fn finish(self) -> Result<Policy, BadPolicy> {
        let Self { logs, witnesses, groups, quorum, .. } = self;
        let keys = witnesses.iter().map(|witness| witness.key.clone()).collect();
        let quorum = quorum.ok_or(BadPolicy::NoQuorum)?;
        Ok(Policy { logs, witnesses, keys, groups, quorum })
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), PolicyProblem> {
    if list.len() == POLICY_DEFINITIONS_MAX {
        return Err(PolicyProblem::TooMany);
    }
    list.push(item);
    Ok(())
}

fn key_for(use_: KeyType, text: &str) -> Result<VerifierKey, PolicyProblem> {
    let key: VerifierKey = text.parse().map_err(PolicyProblem::Key)?;
    if key.key_type() == use_ {
        return Ok(key);
    }
    let (found, expected) = (words_for(key.key_type()), words_for(use_));
    Err(PolicyProblem::KeyOfOtherUse { found, expected })
}

const fn words_for(use_: KeyType) -> &'static str {
    match use_ {
        KeyType::Ed25519 => "a log's checkpoints",
        KeyType::CosignatureV1 => "a witness's cosignatures",
    }
}

fn threshold(text: &str, members: usize) -> Result<usize, PolicyProblem> {
    let number = match text {
        "all" => Some(members),
        "any" => Some(1),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number
        .filter(|number| (1..=members).contains(number))
        .ok_or_else(|| PolicyProblem::Threshold { enough: repeated(text), members })
}

fn repeated(word: &str) -> String {
    word.chars().take(REPEATED_CHARS_MAX).collect()
}
