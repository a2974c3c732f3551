//! `muniment config`: what can be configured, and whether what is configured holds.

use std::path::Path;

use super::{Exit, Printer, Setting, exit};
use crate::config::{Config, ConfigError, check_private};
use crate::telemetry;

/// Check the configuration, or list everything that can be configured.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment --config /etc/muniment/muniment.toml config check
  muniment config keys | grep server

docs/OPERATING.md says what each key is for.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Read the configuration, the keys and the secrets as `serve` does, and say what is wrong.
    Check,
    /// List every key with its environment variable and what it takes.
    Keys,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match args.act {
        Act::Check => check(setting, printer),
        Act::Keys => keys(printer),
    }
}

fn keys(printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    for key in Config::keys() {
        let (name, variable) = (key.name(), key.variable());
        printer.line(format!("{name:34} {variable:44} {}", key.kind.expected()))?;
    }
    Ok(Exit::Fine)
}

fn check(setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let config = setting.config()?;
    let archive = &config.archive;
    let parts: [(&str, anyhow::Result<()>); 11] = [
        ("trace level", telemetry::check(&config.telemetry).map_err(Into::into)),
        ("archive", is_archive(&archive.data)),
        ("identity", check_private(&archive.identity_file()).map_err(Into::into)),
        ("log key", check_private(&archive.log_key_file()).map_err(Into::into)),
        ("passphrase", read(config.passphrase())),
        ("Meta's app secret", read(config.app_secrets())),
        ("Meta's verify token", read(config.verify_token())),
        ("media token", read(config.media_token())),
        ("policy of witnesses", read(config.policy())),
        ("timestamp authority", read(config.authorities())),
        ("words of consent", read(config.signals())),
    ];
    let mut exit = Exit::Fine;
    for (part, found) in parts {
        match found {
            Ok(()) => printer.line(format!("ok     {part}"))?,
            Err(error) => {
                printer.line(format!("wrong  {part}: {}", exit::in_one_line(&error)))?;
                exit = Exit::Failed;
            }
        }
    }
    for variable in config.idle_variables() {
        printer.line(format!("odd    {variable} means nothing to muniment; is it misspelt?"))?;
    }
    Ok(exit)
}

fn is_archive(data: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        data.join("format").is_file(),
        "there is none in {}: create one with `muniment init`",
        data.display()
    );
    Ok(())
}

/// Whether a secret can be read; the secret itself is let go at once.
fn read<T>(secret: Result<T, ConfigError>) -> anyhow::Result<()> {
    Ok(secret.map(drop)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Environment;

    fn checked(toml: &str, variables: &[(&str, &str)]) -> (Exit, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("muniment.toml");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), toml.as_bytes())
            .unwrap();
        let pairs = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let setting = Setting {
            config_file: path,
            environment: Environment::from_pairs(pairs),
            clock: Clock::system(),
        };
        let mut out = vec![];
        let exit = check(&setting, &mut Printer::new(&mut out, false)).unwrap();
        (exit, String::from_utf8(out).unwrap())
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_no_secret_is() {
        let variables =
            [("MUNIMENT_META_APP_SECRETS", "hunter2"), ("MUNIMENT_META_VERIFYTOKEN", "hunter3")];
        let (exit, text) = checked("[archive]\norigin = \"a\"\n", &variables);
        assert_eq!(exit, Exit::Failed);
        assert!(text.contains("ok     Meta's app secret"), "{text}");
        assert!(text.contains("wrong  Meta's verify token"), "{text}");
        assert!(text.contains("wrong  identity"), "{text}");
        assert!(text.contains("odd    MUNIMENT_META_VERIFYTOKEN"), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }

    #[test]
    fn every_key_is_listed() {
        let mut out = vec![];
        keys(&mut Printer::new(&mut out, false)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), Config::keys().len());
        assert!(text.contains("MUNIMENT_SERVER__HOOKS"), "{text}");
    }
}
