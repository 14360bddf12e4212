//! `nameward zone`: zone files, read in pieces as long as the files are, with memory for one entry.

mod check;
mod files;
mod format;
mod rules;

#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use format::format;
