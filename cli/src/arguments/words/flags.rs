//! `+flag` words.

use std::time::Duration;

use super::{EdnsWords, WordError};

/// What the `+flag` words say. The defaults are dig's, but for [`time`](Self::time) and the cookie, which is not sent unless
/// it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Ask over TCP from the start.
    pub(crate) tcp: bool,
    /// Print the RDATA of the answer and nothing else.
    pub(crate) short: bool,
    /// Print each step on the way to the answer.
    pub(crate) trace: bool,
    /// Print classes, types and RDATA in the form for unknown ones (RFC 3597 section 5).
    pub(crate) unknown_format: bool,
    /// Set RD.
    pub(crate) recurse: bool,
    /// Set AD: the answer may say that it was validated (RFC 6840 section 5.7).
    pub(crate) authenticated: bool,
    /// Set CD.
    pub(crate) checking_disabled: bool,
    /// What the OPT record says; `None` sends none.
    pub(crate) edns: Option<EdnsWords>,
    /// How long the first attempt waits for its reply. Each further one waits twice as long, so that dig's five seconds
    /// would leave no time for a third.
    pub(crate) time: Duration,
    /// How many attempts there are.
    pub(crate) tries: u8,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            tcp: false,
            short: false,
            trace: false,
            unknown_format: false,
            recurse: true,
            authenticated: true,
            checking_disabled: false,
            edns: Some(EdnsWords::default()),
            time: Duration::from_secs(2),
            tries: 3,
        }
    }
}

/// A `+flag` word in its parts.
#[derive(Clone, Copy)]
pub(super) struct Flag<'a> {
    /// All of it, without its plus.
    pub(super) word: &'a str,
    /// The flag itself, without `no`.
    pub(super) flag: &'a str,
    /// Whether it is to be, and not `no`.
    pub(super) on: bool,
    /// What follows `=`.
    pub(super) value: Option<&'a str>,
}

impl<'a> Flag<'a> {
    fn new(word: &'a str) -> Self {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let (flag, on) = match flag.strip_prefix("no") {
            Some(rest) => (rest, false),
            None => (flag, true),
        };
        Self {
            word,
            flag,
            on,
            value,
        }
    }

    /// Whether it is `name`, of which as in dig the first `least` letters are enough.
    pub(super) fn is(&self, name: &str, least: usize) -> bool {
        self.flag.len() >= least && name.starts_with(self.flag)
    }

    /// Makes sure that it has no value.
    pub(super) fn without_value(&self) -> Result<(), WordError> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(self.wants("no value")),
        }
    }

    /// Its value as a number from `least` to `most`, which `what` describes.
    pub(super) fn number(&self, least: u16, most: u16, what: &'static str) -> Result<u16, WordError> {
        self.value
            .filter(|_| self.on)
            .and_then(|value| value.parse().ok())
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.wants(what))
    }

    pub(super) fn wants(&self, wanted: &'static str) -> WordError {
        WordError::Value {
            flag: self.word.to_owned(),
            wanted,
        }
    }
}

impl Flags {
    /// Applies one `+flag` word, without its plus. As in dig, a flag may be cut short as long as it stays clear.
    pub(super) fn set(&mut self, word: &str) -> Result<(), WordError> {
        let flag = Flag::new(word);
        if EdnsWords::set(&mut self.edns, flag)? {
            return Ok(());
        }
        let switch = if flag.is("tcp", 2) || flag.is("vc", 1) {
            &mut self.tcp
        } else if flag.is("short", 2) {
            &mut self.short
        } else if flag.is("trace", 3) {
            &mut self.trace
        } else if flag.is("unknownformat", 2) {
            &mut self.unknown_format
        } else if flag.is("recurse", 3) || flag.is("rdflag", 2) {
            &mut self.recurse
        } else if flag.is("adflag", 2) {
            &mut self.authenticated
        } else if flag.is("cdflag", 2) {
            &mut self.checking_disabled
        } else {
            return self.set_number(flag);
        };
        flag.without_value()?;
        *switch = flag.on;
        Ok(())
    }

    fn set_number(&mut self, flag: Flag<'_>) -> Result<(), WordError> {
        if !flag.on {
            return Err(WordError::Flag(flag.word.to_owned()));
        }
        if flag.is("timeout", 2) {
            let seconds = flag.number(1, 10, "a number of seconds from 1 to 10")?;
            self.time = Duration::from_secs(seconds.into());
        } else if flag.is("tries", 3) {
            let tries = flag.number(1, 3, "a number from 1 to 3")?;
            self.tries = u8::try_from(tries).unwrap_or(u8::MAX);
        } else {
            return Err(WordError::Flag(flag.word.to_owned()));
        }
        Ok(())
    }
}
