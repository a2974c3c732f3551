//! Which retention schedules are and were in force.
//!
//! A schedule's versions have one name. Adopting a version ends the one before it for
//! records to come; for those that are there it counts on, so that nothing is kept for
//! less than was once promised. Withdrawing a schedule ends it in the same way.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{At, Refused};
use crate::policy::{Adopted, Rules, Schedule};
use crate::tlog::Hash;
use crate::tlog::hash::sha256;

/// The most schedules and versions that were ever adopted.
const ADOPTED_MAX: usize = 1000;

/// A decision on a retention schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum ScheduleAct {
    /// It holds from now on; a version of it that held before, no more.
    Adopted {
        /// The file, exact bytes.
        file: String,
        /// Why, in the words of who adopted it.
        reason: String,
    },
    /// It holds no more for records to come.
    Withdrawn {
        /// Its name.
        schedule: String,
        /// The SHA-256 of the file that is withdrawn.
        sha256: Hash,
        /// Why, in the words of who withdrew it.
        reason: String,
    },
}

/// A version of a schedule, and who adopted it.
#[derive(Clone, Debug)]
pub struct Version {
    /// The rules, and for which entries.
    pub adopted: Adopted,
    /// When it was adopted.
    pub time: Timestamp,
    /// The name of who adopted it.
    pub by: String,
}

/// Every version that was ever adopted, in order.
#[derive(Clone, Debug)]
pub struct Schedules {
    versions: Vec<Version>,
    /// The same, compiled.
    rules: Arc<Rules>,
}

impl Default for Schedules {
    fn default() -> Self {
        Self { versions: vec![], rules: Arc::new(Rules::of(&[])) }
    }
}

impl ScheduleAct {
    /// SHA-256 of the file that it is about.
    pub fn digest(&self) -> Hash {
        match self {
            Self::Adopted { file, .. } => sha256(file.as_bytes()),
            Self::Withdrawn { sha256, .. } => *sha256,
        }
    }
}

impl Schedules {
    /// Every version, in the order of their adoption.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// What records are decided by.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules)
    }

    /// The version of a schedule that is in force.
    pub fn in_force(&self, name: &str) -> Option<&Version> {
        let found = self.versions.iter().rev().find(|version| version.name() == name);
        found.filter(|version| version.adopted.until.is_none())
    }

    /// Whether a decision can follow.
    ///
    /// # Errors
    /// With what stands against it.
    pub fn check(&self, act: &ScheduleAct) -> Result<(), Refused> {
        match act {
            ScheduleAct::Adopted { file, .. } => self.check_file(file).map(|_| ()),
            ScheduleAct::Withdrawn { schedule, sha256, .. } => {
                let Some(version) = self.in_force(schedule) else {
                    return Err(Refused(format!("no schedule {schedule} is in force")));
                };
                if version.sha256() == *sha256 {
                    return Ok(());
                }
                let found = version.sha256();
                Err(Refused(format!("the version of {schedule} in force has the digest {found}")))
            }
        }
    }

    pub(super) fn apply(&mut self, at: &At<'_>, act: &ScheduleAct) -> Result<(), Refused> {
        self.check(act)?;
        match act {
            ScheduleAct::Adopted { file, .. } => {
                let schedule = self.check_file(file)?;
                self.end(&schedule.name, at);
                let (schedule, since) = (Arc::new(schedule), at.index.get());
                let sha256 = *sha256(file.as_bytes()).as_bytes();
                let adopted = Adopted { schedule, sha256, since, until: None };
                let by = at.name.to_owned();
                self.versions.push(Version { adopted, time: at.time, by });
            }
            ScheduleAct::Withdrawn { schedule, .. } => self.end(schedule, at),
        }
        let adopted: Vec<_> = self.versions.iter().map(|version| version.adopted.clone()).collect();
        self.rules = Arc::new(Rules::of(&adopted));
        Ok(())
    }

    fn check_file(&self, file: &str) -> Result<Schedule, Refused> {
        let schedule = Schedule::parse(file).map_err(|error| Refused(error.to_string()))?;
        let newest = self.versions.iter().rev().find(|version| version.name() == schedule.name);
        if let Some(newest) = newest
            && newest.adopted.schedule.version >= schedule.version
        {
            return Err(Refused(format!(
                "version {} of {} was adopted before: give this one a higher `version`",
                newest.adopted.schedule.version, schedule.name
            )));
        }
        if self.versions.len() >= ADOPTED_MAX {
            return Err(Refused(format!("an archive has at most {ADOPTED_MAX} adopted versions")));
        }
        Ok(schedule)
    }

    fn end(&mut self, name: &str, at: &At<'_>) {
        for version in &mut self.versions {
            if version.name() == name && version.adopted.until.is_none() {
                version.adopted.until = Some(at.index.get());
            }
        }
    }
}

impl Version {
    /// The schedule's name.
    pub fn name(&self) -> &str {
        &self.adopted.schedule.name
    }

    /// The SHA-256 of its file.
    pub fn sha256(&self) -> Hash {
        Hash::from_bytes(self.adopted.sha256)
    }
}
