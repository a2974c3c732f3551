//! The webhook fields that are known, and how their values are laid out.

/// What is known of a webhook field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Its value is one notice about an account, a number or a template.
    Account,
    /// Its value has arrays of elements about conversations.
    Conversation,
    /// Its value says who answers a conversation from now on.
    Handover,
    /// Nobody has told us of it.
    Unknown,
}

impl Field {
    /// The field of that name.
    pub(super) fn of(name: &str) -> Self {
        if CONVERSATION.contains(&name) {
            Self::Conversation
        } else if ACCOUNT.contains(&name) {
            Self::Account
        } else if name == "messaging_handovers" {
            Self::Handover
        } else {
            Self::Unknown
        }
    }
}

const CONVERSATION: [&str; 12] = [
    "calls",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "messages",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "user_id_update",
    "user_preferences",
];

const ACCOUNT: [&str; 18] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_updates",
    "flows",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
];
