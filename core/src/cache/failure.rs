//! The memory of questions that could not be resolved (RFC 9520).

use core::time::Duration;

use super::admission::{NotStored, is_data};
use super::credibility::Rank;
use super::entry::{Content, Entry, Key};
use crate::limits::CacheLimits;
use crate::time::Instant;

/// The failure of a question as an entry, in view of what is known `before`.
pub(super) fn admit(
    now: Instant,
    key: Key<'_>,
    before: Option<&Entry>,
    limits: &CacheLimits,
) -> Result<Entry, NotStored> {
    if !is_data(key.class, key.subject) {
        return Err(NotStored::NotData);
    }
    let pause = match before {
        Some(before) => next_pause(now, before, limits),
        None => limits.first_failure,
    };
    Ok(Entry {
        view: key.view,
        class: key.class,
        subject: key.subject,
        credibility: Rank::Answer.into(),
        ttl: u32::try_from(pause.as_secs()).unwrap_or(u32::MAX),
        valid_until: now.after(pause),
        content: Content::Failure {
            // A copy takes no more memory than the name.
            name: key.name.view().to_name(),
            pause,
        },
    })
}

/// How long a failure counts that comes after another.
fn next_pause(now: Instant, before: &Entry, limits: &CacheLimits) -> Duration {
    match before.content {
        Content::Failure { pause, .. } if before.is_valid(now) => pause,
        Content::Failure { pause, .. } if now < before.forgotten_at() => {
            pause.saturating_mul(2).min(limits.longest_failure)
        }
        Content::Failure { .. } | Content::Records { .. } | Content::Denial { .. } => limits.first_failure,
    }
}
