//! Saves a record's media as files.
//!
//! A file is named by the medium's id, so that no two collide and no sender
//! chooses where it goes; the sender's name stands behind it, made harmless.

use std::path::Path;

use anyhow::Context as _;

use super::Content;
use crate::cli::new_file::{self, Access};
use crate::cli::remote::{Remote, record_path};
use crate::fault::{self, Point};
use crate::query::view::RecordView;
use crate::record::MediaRef;

/// The most bytes of a sender's name that stand in a file's; file systems take 255.
const NAME_BYTES_MAX: usize = 120;

pub(super) fn save(
    remote: &Remote,
    view: &RecordView,
    content: &Content,
    dir: &Path,
) -> anyhow::Result<()> {
    if view.media.is_empty() {
        eprintln!("muniment: this record has no medium, or it was not fetched (yet)");
        return Ok(());
    }
    std::fs::create_dir_all(dir).with_context(|| format!("could not create {}", dir.display()))?;
    let announced = match content {
        Content::Record(record) => record.body.media.as_ref(),
        Content::Delivery(_) | Content::Other => None,
    };
    for link in &view.media {
        let path = dir.join(format!("{}{}", link.id, ending(announced)));
        let mut bytes = remote.open(&record_path(view.record, &format!("media/{}", link.id)))?;
        let mut file = new_file::create(&path, Access::Usual)?;
        std::io::copy(&mut bytes, &mut file)
            .and_then(|_| fault::at(Point::SavedMedium, || file.sync_all()))
            .with_context(|| {
                format!("could not save {}; remove it and try again", path.display())
            })?;
        eprintln!("muniment: saved {}", path.display());
    }
    Ok(())
}

/// What stands behind the id: the sender's name for the file, else its type.
fn ending(announced: Option<&MediaRef>) -> String {
    let Some(announced) = announced else { return String::new() };
    match announced.file_name.as_deref().map(harmless) {
        Some(name) if !name.is_empty() => format!("-{name}"),
        Some(_) | None => {
            let subtype = announced.mime.as_deref().and_then(|mime| mime.split_once('/'));
            let subtype =
                subtype.map(|(_, rest)| rest.split(';').next().unwrap_or_default().trim());
            match subtype {
                Some(subtype) if subtype.chars().all(|char| char.is_ascii_alphanumeric()) => {
                    format!(".{subtype}")
                }
                Some(_) | None => String::new(),
            }
        }
    }
}

/// Letters, digits and a few signs of a name; everything else becomes `_`.
fn harmless(name: &str) -> String {
    let mut kept = String::new();
    for char in name.chars() {
        let harmless = char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
        let char = if harmless { char } else { '_' };
        if kept.len() + char.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        kept.push(char);
    }
    kept.trim_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file_name: Option<&str>, mime: Option<&str>) -> String {
        let (file_name, mime) = (file_name.map(str::to_owned), mime.map(str::to_owned));
        ending(Some(&MediaRef { file_name, mime, ..MediaRef::default() }))
    }

    #[test]
    fn a_senders_name_leads_nowhere() {
        assert_eq!(of(Some("../../.ssh/id"), None), "-_.._.ssh_id");
        assert_eq!(of(Some("a\u{202e}b\n.pdf"), None), "-a_b_.pdf");
        assert_eq!(of(Some("חשבונית 7.pdf"), None), "-חשבונית_7.pdf");
        assert_eq!(of(Some(".."), Some("image/png")), ".png");
        assert!(of(Some(&"é".repeat(500)), None).len() <= NAME_BYTES_MAX + 1);
    }

    #[test]
    fn without_a_name_the_type_serves() {
        assert_eq!(of(None, Some("audio/ogg; codecs=opus")), ".ogg");
        assert_eq!(of(None, Some("image/../x")), "");
        assert_eq!(of(None, Some("application/vnd.x+y")), "");
        assert_eq!(ending(None), "");
    }
}
