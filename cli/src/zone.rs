//! `nameward zone`: zone files, read in pieces: a zone that is checked or signed as a whole is kept, a formatted one is not. Keys of
//! zones, and what changed from one version of a zone to another.

mod check;
mod diff;
mod files;
mod format;
mod keys;
mod load;
mod progress;
mod sign;
mod verify;
mod zonemd;

#[cfg(test)]
mod tests;

pub(crate) use check::{Report, check, judge};

pub(crate) use diff::diff;
pub(crate) use format::format;
pub(crate) use keys::{ds, keygen};
pub(crate) use sign::sign;
pub(crate) use verify::verify;
pub(crate) use zonemd::zonemd;
