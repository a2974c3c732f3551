//! The media of the story: small files, composed for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

/// A file that a message announces and that the provider serves on request.
#[derive(Clone, Copy, Debug)]
pub struct Medium {
    /// The name used in the data files.
    pub name: &'static str,
    /// The provider's id, by which it is looked up.
    pub id: &'static str,
    /// The MIME type as announced, parameters included.
    pub mime: &'static str,
    /// The file's name; WhatsApp gives one to documents only.
    pub file_name: Option<&'static str>,
    /// The file.
    pub bytes: &'static [u8],
}

/// Every medium of the story.
pub const MEDIA: [Medium; 5] = [
    Medium {
        name: "chart",
        id: "3077000000000101",
        mime: "image/png",
        file_name: None,
        bytes: include_bytes!("media/chart.png"),
    },
    Medium {
        name: "crate",
        id: "3077000000000102",
        mime: "image/png",
        file_name: None,
        bytes: include_bytes!("media/crate.png"),
    },
    Medium {
        name: "voice",
        id: "3077000000000103",
        mime: "audio/ogg; codecs=opus",
        file_name: None,
        bytes: include_bytes!("media/voice.ogg"),
    },
    Medium {
        name: "invoice",
        id: "3077000000000104",
        mime: "application/pdf",
        file_name: Some("invoice-2026-0417.pdf"),
        bytes: include_bytes!("media/invoice.pdf"),
    },
    Medium {
        name: "mandate",
        id: "3077000000000105",
        mime: "application/pdf",
        file_name: Some("mandate-20417.pdf"),
        bytes: include_bytes!("media/mandate.pdf"),
    },
];

impl Medium {
    /// The type of the message that announces it.
    pub fn kind(&self) -> &'static str {
        match self.mime.split_once('/') {
            Some(("image", _)) => "image",
            Some(("audio", _)) => "audio",
            Some(_) | None => "document",
        }
    }

    /// SHA-256 of the bytes in base64, as webhooks announce it.
    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(digest::digest(&digest::SHA256, self.bytes))
    }
}

/// The medium of that name.
pub fn medium(name: &str) -> &'static Medium {
    MEDIA.iter().find(|medium| medium.name == name).unwrap_or_else(|| panic!("no medium {name:?}"))
}
