//! What about LinkedIn is not certain, as switches.
//!
//! Owns the defaults, each the stricter or the better documented reading. Must not hold
//! accounts: those are the [`super::directory`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::little::LittleModel;

/// How the sandbox behaves where sources disagree or where a fact changes with time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Origin of the upload addresses it hands out, without a final slash. A listener
    /// sets its own address.
    pub upload_origin: String,
    /// Active versions, `YYYYMM`. Not every month has one: there is no 202512.
    pub versions: BTreeSet<String>,
    /// Whether a create request may say `DRAFT`. Documented: only `PUBLISHED`.
    pub draft_create: bool,
    /// Whether members may edit posts. Documented: yes; one report: 403.
    pub member_partial_update: bool,
    /// How long the same text by the same author is a duplicate, in seconds. The legacy
    /// page says ten minutes; reports say up to two days.
    pub dup_window_s: u32,
    /// Whether a deleted post still counts as the original of a duplicate.
    pub dup_ghost: DuplicateGhost,
    /// What the limit on commentary counts.
    pub length_unit: LengthUnit,
    /// What happens to commentary that is too long.
    pub over_length: OverLength,
    /// Whether a post with media may have blank commentary.
    pub blank_commentary_with_media: bool,
    /// How reserved characters are read.
    pub little_model: LittleModel,
    /// Whether a consent gives a refresh token. Only some partners' apps get one.
    pub refresh_tokens: bool,
    /// How long a token lives, in seconds. LinkedIn: 60 days.
    pub token_life_s: u32,
    /// How long a refresh token lives, in seconds. LinkedIn: 365 days from the consent.
    pub refresh_life_s: u32,
    /// How long a fresh token is answered as revoked, in milliseconds.
    pub token_activation_lag_ms: u32,
    /// From upload to `AVAILABLE`, in milliseconds.
    pub media_processing_ms: u32,
    /// Into how many bytes a video is cut. LinkedIn: 4 MiB.
    pub video_part_bytes: u64,
    /// What the end of a video must repeat; LinkedIn's is often empty.
    pub video_upload_token: String,
    /// Whether processing fails for every upload.
    pub media_fail: bool,
    /// How long after its creation a post can be commented on, in milliseconds.
    pub activity_lag_ms: u32,
    /// Whether the unversioned comments resource is open to every app.
    pub comments_v2: bool,
    /// The least time between two comments of one author, in seconds. Reports say a minute.
    pub comment_gap_s: u32,
    /// Whether a post may name an image that is still being processed. Usually it may;
    /// off, so that a client which never waits is noticed.
    pub post_while_processing: bool,
    /// Who may read the status of media.
    pub media_get: MediaGet,
    /// Posts a day by a member whose identity is not verified; none: no such limit.
    pub unverified_limit: Option<u32>,
    /// Requests a day by one member through one app; none: as the app's tier has it.
    pub quota_member: Option<u32>,
    /// Requests a day through one app; none: as the app's tier has it.
    pub quota_app: Option<u32>,
    /// The `Retry-After` of a 429. LinkedIn sends none.
    pub retry_after_header: RetryAfter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            upload_origin: "https://www.linkedin.com".to_owned(),
            versions: (202_601..=202_609).map(|v: u32| v.to_string()).collect(),
            draft_create: false,
            member_partial_update: true,
            dup_window_s: 600,
            dup_ghost: DuplicateGhost::Off,
            length_unit: LengthUnit::Utf16Unescaped,
            over_length: OverLength::Refuse,
            blank_commentary_with_media: true,
            little_model: LittleModel::TruncateAtUnescaped,
            refresh_tokens: false,
            token_life_s: 60 * 24 * 3600,
            refresh_life_s: 365 * 24 * 3600,
            token_activation_lag_ms: 0,
            media_processing_ms: 1500,
            video_part_bytes: 4 * 1024 * 1024,
            video_upload_token: String::new(),
            media_fail: false,
            activity_lag_ms: 3000,
            comments_v2: true,
            comment_gap_s: 0,
            post_while_processing: false,
            media_get: MediaGet::ByTier,
            unverified_limit: None,
            quota_member: None,
            quota_app: None,
            retry_after_header: RetryAfter::Absent,
        }
    }
}

/// Whether a deleted post still counts as the original of a duplicate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateGhost {
    /// It does not.
    #[default]
    Off,
    /// It does, and the answer names its URN, which is gone.
    DeletedPost,
    /// It does, and the answer names a new URN each time, which never existed.
    FreshUrn,
}

/// What the limit of 3000 counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// UTF-16 code units of the text without escapes and markup.
    #[default]
    Utf16Unescaped,
    /// Grapheme clusters of the same text.
    Graphemes,
    /// UTF-16 code units of the text as sent.
    Utf16Wire,
}

/// What happens to commentary that is too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverLength {
    /// 400 `FIELD_LENGTH_TOO_LONG`.
    #[default]
    Refuse,
    /// 201, and readers see the first 3000.
    Truncate,
}

/// Who may read the status of media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaGet {
    /// Apps of a Community Management tier; self-serve apps get 403.
    #[default]
    ByTier,
    /// Everybody who may act for the owner.
    Everyone,
    /// Nobody.
    Nobody,
}

/// The `Retry-After` header of a 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// None, as LinkedIn does.
    #[default]
    Absent,
    /// A number of seconds (RFC 9110, section 10.2.3).
    Seconds(u32),
    /// A date, this many seconds from now.
    HttpDate(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_versions_are_the_active_ones() {
        let versions = Settings::default().versions;
        assert_eq!(versions.len(), 9);
        assert!(versions.contains("202601") && versions.contains("202609"));
        assert!(!versions.contains("202512") && !versions.contains("202610"));
    }

    #[test]
    fn settings_may_be_given_in_part() {
        let settings: Settings = serde_json::from_str(
            r#"{"dup_window_s": 86400, "dup_ghost": "fresh_urn", "retry_after_header": {"seconds": 7}}"#,
        )
        .unwrap();
        assert_eq!(settings.dup_window_s, 86_400);
        assert_eq!(settings.retry_after_header, RetryAfter::Seconds(7));
        assert_eq!(settings.versions, Settings::default().versions);
        assert!(serde_json::from_str::<Settings>(r#"{"dup_windows": 1}"#).is_err());
    }
}
