//! Lines of text for plans: a word, and values with names. `ask id=3 at=1.25 name=q3.s1.example.` is one.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One line, read.
#[derive(Debug)]
pub struct Line<'a> {
    /// Its first word.
    pub word: &'a str,
    values: BTreeMap<&'a str, &'a str>,
    text: &'a str,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    line: String,
    name: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing or wrong in {:?}", self.name, self.line)
    }
}

impl std::error::Error for LineError {}

impl<'a> Line<'a> {
    /// Reads a line.
    pub fn read(text: &'a str) -> Self {
        let mut words = text.split_whitespace();
        Self {
            word: words.next().unwrap_or_default(),
            values: words
                .map(|word| word.split_once('=').unwrap_or((word, "")))
                .collect(),
            text,
        }
    }

    /// Whether a word is there.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a name.
    ///
    /// # Errors
    ///
    /// It is missing or wrong.
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, LineError> {
        self.maybe(name)?.ok_or_else(|| self.error(name))
    }

    /// The value of a name that may be missing.
    ///
    /// # Errors
    ///
    /// It is wrong.
    pub fn maybe<T: FromStr>(&self, name: &str) -> Result<Option<T>, LineError> {
        let value = self
            .values
            .get(name)
            .map(|value| value.parse().map_err(|_| self.error(name)));
        value.transpose()
    }

    /// The value of a name, as one of these, each of which is written as `Debug` has it.
    ///
    /// # Errors
    ///
    /// It is missing, or none of them.
    pub fn one_of<T: fmt::Debug>(
        &self,
        name: &str,
        choices: impl IntoIterator<Item = T>,
    ) -> Result<T, LineError> {
        let value: String = self.get(name)?;
        let found = choices.into_iter().find(|choice| format!("{choice:?}") == value);
        found.ok_or_else(|| self.error(name))
    }

    /// The error that something is missing or wrong here.
    pub fn error(&self, name: &str) -> LineError {
        LineError {
            line: self.text.into(),
            name: name.into(),
        }
    }
}

/// A duration in milliseconds or, with three decimals more, in microseconds: `1250` or `1250.125`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_micros() % 1_000 {
            0 => write!(f, "{}", self.0.as_millis()),
            rest => write!(f, "{}.{rest:03}", self.0.as_millis()),
        }
    }
}

impl FromStr for Millis {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "000"));
        Ok(Self(
            Duration::from_millis(whole.parse()?) + Duration::from_micros(rest.parse()?),
        ))
    }
}
