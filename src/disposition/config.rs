//! `[disposition]`: how dispositions run.

use serde::Deserialize;

use super::ClockTrust;

/// How dispositions run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DispositionConfig {
    /// How many people other than who planned must approve a plan.
    pub approvals: u8,
    /// Most records of one plan; those due first come first.
    pub plan_records_max: usize,
    /// A plan of more than this share of all records, in percent, needs two approvals at
    /// least: a wrong rule shows so.
    pub plan_percent_max: u8,
    /// What the clock must be for anything to be planned or carried out.
    pub clock: ClockTrust,
    /// By how much the clock may have been set since the start, and how far it may stand
    /// before the newest entry.
    pub clock_jump_seconds_max: u64,
    /// When plans are made by themselves: a cron expression of five fields, in UTC; never
    /// where it is empty.
    pub timer: String,
    /// Whether plans that need no more approvals are also carried out by themselves.
    pub timer_executes: bool,
}

impl Default for DispositionConfig {
    fn default() -> Self {
        Self {
            approvals: 1,
            plan_records_max: 100_000,
            plan_percent_max: 20,
            clock: ClockTrust::default(),
            clock_jump_seconds_max: 60,
            timer: String::new(),
            timer_executes: false,
        }
    }
}
