//! A served archive, and people who ask it: each with a token of a role.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{Asker, Daemon, House, Ran, written};

/// Settings under which whatever is due may be planned: a machine that runs tests need not
/// have a source of time, and its archive holds little else.
pub(crate) const PLANS_ANYTHING: [(&str, &str); 2] = [
    ("MUNIMENT_DISPOSITION__CLOCK", "unchecked"),
    ("MUNIMENT_DISPOSITION__PLAN_PERCENT_MAX", "100"),
];

pub(crate) struct Office {
    pub(crate) house: House,
    pub(crate) daemon: Daemon,
}

impl Office {
    /// A new archive with these settings, for people of these names and roles.
    pub(crate) fn new(settings: &[(&str, &str)], people: &[(&str, &str)]) -> Self {
        let mut house = House::new();
        settings.iter().for_each(|(name, value)| house.set(name, value));
        let office = Self::opened(house);
        people.iter().for_each(|(name, role)| office.welcome(name, role));
        office
    }

    /// Serves an archive, for the same people as before.
    pub(crate) fn opened(house: House) -> Self {
        let daemon = house.serve();
        Self { house, daemon }
    }

    pub(crate) fn restarted(self) -> Self {
        let Self { house, daemon } = self;
        daemon.stop();
        Self::opened(house)
    }

    /// Stops the daemon, and insists that everything is right.
    #[track_caller]
    pub(crate) fn closed(self) -> (House, Ran) {
        let Self { house, daemon } = self;
        daemon.stop();
        let verified = house.verify();
        assert_eq!(verified.code, 0, "{verified:?}");
        (house, verified)
    }

    /// Gives somebody a token.
    pub(crate) fn welcome(&self, name: &str, role: &str) {
        written(self.token_file(name), self.house.token_of(name, role).as_bytes());
    }

    pub(crate) fn token(&self, who: &str) -> String {
        fs::read_to_string(self.token_file(who)).unwrap()
    }

    /// The arguments with which somebody asks this daemon.
    pub(crate) fn asking(&self, who: &str) -> [String; 4] {
        let file = self.token_file(who).to_str().unwrap().to_owned();
        ["--server".to_owned(), self.daemon.api.base().to_owned(), "--token-file".to_owned(), file]
    }

    /// Runs a command as somebody.
    pub(crate) fn run(&self, who: &str, arguments: &[&str]) -> Ran {
        let asking = self.asking(who);
        self.house.run(&[arguments, &asking.each_ref().map(String::as_str)].concat())
    }

    /// The same, and insists that it goes well.
    #[track_caller]
    pub(crate) fn done(&self, who: &str, arguments: &[&str]) -> Ran {
        let ran = self.run(who, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    /// What such a command prints.
    #[track_caller]
    pub(crate) fn told(&self, who: &str, arguments: &[&str]) -> String {
        self.done(who, arguments).stdout.trim().to_owned()
    }

    /// The API, as somebody.
    pub(crate) fn api(&self, who: &str) -> Asker {
        self.daemon.api.with_token(&self.token(who))
    }

    pub(crate) fn post(&self, who: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.api(who).post(path, body.to_string().as_bytes());
        (answer.status, answer.json())
    }

    /// What somebody finds, when everything logged so far is searchable.
    pub(crate) fn search(&self, who: &str, query: &str) -> Value {
        self.daemon.search(&self.house, &self.token(who), query)
    }

    /// How many records that is.
    pub(crate) fn total(&self, who: &str, query: &str) -> u64 {
        self.search(who, query)["total"].as_u64().unwrap()
    }

    /// The record of the only message that a search finds.
    #[track_caller]
    pub(crate) fn record(&self, who: &str, query: &str) -> String {
        let page = self.search(who, query);
        assert_eq!(page["total"], 1, "{page}");
        page["hits"][0]["record"].as_str().unwrap().to_owned()
    }

    /// Has somebody adopt a schedule.
    #[track_caller]
    pub(crate) fn adopt(&self, who: &str, schedule: &str) -> Ran {
        let file = written(self.house.beside("schedule.toml"), schedule.as_bytes());
        let file = file.to_str().unwrap();
        self.done(who, &["policy", "adopt", file, "--because", "Resolution of 3 November"])
    }

    fn token_file(&self, who: &str) -> PathBuf {
        self.house.beside(who)
    }
}
