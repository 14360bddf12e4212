//! dig's own words: `@server`, `+flag`, and a name, type and class in any order.

mod flags;
mod options;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use nameward_core::wire::{Class, Name, Rtype};

use super::Query;
pub(crate) use flags::Flags;
pub(crate) use options::{EdnsWords, WantedCookie};

/// What the words of a query say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// What follows `@`, as it was written.
    pub(crate) server: Option<String>,
    /// The name that is asked about.
    pub(crate) name: Name,
    /// The type that is asked for.
    pub(crate) rtype: Rtype,
    /// The class of the question.
    pub(crate) class: Class,
    /// What the `+flag` words say.
    pub(crate) flags: Flags,
}

/// Words that are no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WordError {
    /// There is a second server, name, type or class.
    #[error("'{word}' is a second {what}: one query asks one server one question")]
    Second { what: &'static str, word: String },
    /// There is no name.
    #[error("a name is missing: say what to ask for, as in 'nameward query example.com MX'")]
    NoName,
    /// The only word could be a type.
    #[error("'{0}' is a type, and a name is missing: write '{0}.' or '-q {0}' if it is the name")]
    TypeWithoutName(String),
    /// The word is no name.
    #[error("'{word}' is not a name: {reason}")]
    Name { word: String, reason: String },
    /// What follows `-t` or `-c` is no type or class.
    #[error("'{word}' is not a {what}: {reason}")]
    Code {
        what: &'static str,
        word: String,
        reason: String,
    },
    /// `@` stands alone.
    #[error("'@' needs a server's address behind it, as in '@192.0.2.53'")]
    NoServer,
    /// There is no such flag, or not one that can be turned round.
    #[error("'+{0}' is not known: 'nameward query --help' lists the flags")]
    Flag(String),
    /// The flag's value is missing, superfluous or out of range.
    #[error("'+{flag}' needs {wanted}")]
    Value { flag: String, wanted: &'static str },
}

/// What was found so far of a question.
#[derive(Default)]
struct Found<'a> {
    server: Option<String>,
    name: Option<Name>,
    rtype: Option<(Rtype, &'a str)>,
    class: Option<Class>,
}

impl Words {
    /// Reads the words and the options that stand for words, in dig's way: a word that could be a type or a class is one.
    pub(crate) fn read(query: &Query) -> Result<Self, WordError> {
        let mut found = Found::default();
        if let Some(word) = &query.name {
            found.name(word)?;
        }
        if let Some(address) = query.reverse {
            once(&mut found.name, reverse(address), "name", &address.to_string())?;
        }
        if let Some(word) = &query.rtype {
            let rtype = word.parse().map_err(|error| code("type", word, &error))?;
            once(&mut found.rtype, (rtype, word), "type", word)?;
        }
        if let Some(word) = &query.class {
            let class = word.parse().map_err(|error| code("class", word, &error))?;
            once(&mut found.class, class, "class", word)?;
        }
        let mut flags = Flags::default();
        for word in &query.words {
            match word.strip_prefix('+') {
                Some(flag) => flags.set(flag)?,
                None => found.word(word)?,
            }
        }
        let usual = if query.reverse.is_some() {
            Rtype::PTR
        } else {
            Rtype::A
        };
        let name = match (found.name, found.rtype) {
            (Some(name), _) => name,
            (None, Some((_, word))) => return Err(WordError::TypeWithoutName(word.to_owned())),
            (None, None) => return Err(WordError::NoName),
        };
        Ok(Self {
            server: found.server,
            name,
            rtype: found.rtype.map_or(usual, |(code, _)| code),
            class: found.class.unwrap_or(Class::IN),
            flags,
        })
    }
}

impl<'a> Found<'a> {
    fn word(&mut self, word: &'a str) -> Result<(), WordError> {
        if let Some(address) = word.strip_prefix('@') {
            if address.is_empty() {
                return Err(WordError::NoServer);
            }
            once(&mut self.server, address.to_owned(), "server", word)
        } else if let Ok(code) = word.parse::<Rtype>() {
            once(&mut self.rtype, (code, word), "type", word)
        } else if let Ok(code) = word.parse::<Class>() {
            once(&mut self.class, code, "class", word)
        } else {
            self.name(word)
        }
    }

    fn name(&mut self, word: &str) -> Result<(), WordError> {
        let name = word.parse::<Name>().map_err(|error| WordError::Name {
            word: word.to_owned(),
            reason: error.to_string(),
        })?;
        once(&mut self.name, name, "name", word)
    }
}

fn once<T>(place: &mut Option<T>, value: T, what: &'static str, word: &str) -> Result<(), WordError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(WordError::Second {
            what,
            word: word.to_owned(),
        }),
    }
}

fn code(what: &'static str, word: &str, error: &impl ToString) -> WordError {
    WordError::Code {
        what,
        word: word.to_owned(),
        reason: error.to_string(),
    }
}

/// The name under which the name of an address is found (RFC 1035 section 3.5, RFC 3596 section 2.5).
fn reverse(address: IpAddr) -> Name {
    let text = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let digits = format!("{:032x}", address.to_bits());
            let labels = digits.chars().rev().flat_map(|digit| [digit, '.']);
            labels.chain("ip6.arpa.".chars()).collect()
        }
    };
    // Invariant: short labels of letters, digits and hyphens are a name.
    text.parse().expect("a reverse name")
}
