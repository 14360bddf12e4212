//! dig's own words: `@server`, `+flag`, and a name, type and class in any order.

use std::time::Duration;

use nameward_core::wire::{Class, Name, Rtype};

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

/// What the `+flag` words say. The defaults are dig's, but for [`time`](Self::time).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Ask over TCP from the start.
    pub(crate) tcp: bool,
    /// Print the RDATA of the answer and nothing else.
    pub(crate) short: bool,
    /// Print classes, types and RDATA in the form for unknown ones (RFC 3597 section 5).
    pub(crate) unknown_format: bool,
    /// Set RD.
    pub(crate) recurse: bool,
    /// Set AD: the answer may say that it was validated (RFC 6840 section 5.7).
    pub(crate) authenticated: bool,
    /// Set CD.
    pub(crate) checking_disabled: bool,
    /// Send an OPT record.
    pub(crate) edns: bool,
    /// Set DO in it.
    pub(crate) dnssec: bool,
    /// The UDP payload size in it.
    pub(crate) udp_payload: u16,
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
            unknown_format: false,
            recurse: true,
            authenticated: true,
            checking_disabled: false,
            edns: true,
            dnssec: false,
            udp_payload: 1232,
            time: Duration::from_secs(2),
            tries: 3,
        }
    }
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
    #[error("'{0}' is a type, and a name is missing: write '{0}.' if it is the name")]
    TypeWithoutName(String),
    /// The word is no name.
    #[error("'{word}' is not a name: {reason}")]
    Name { word: String, reason: String },
    /// `@` stands alone.
    #[error("'@' needs a server's address behind it, as in '@192.0.2.53'")]
    NoServer,
    /// There is no such flag, or not one that can be turned round.
    #[error(
        "'+{0}' is not known: there are +[no]tcp, +[no]short, +[no]unknownformat, +[no]recurse, +[no]adflag, +[no]cdflag, +[no]edns, +[no]dnssec, +time=, +tries= and +bufsize="
    )]
    Flag(String),
    /// The flag's value is missing, superfluous or out of range.
    #[error("'+{flag}' needs {wanted}")]
    Value { flag: String, wanted: &'static str },
}

impl Words {
    /// Reads the words in dig's way: a word that could be a type or a class is one.
    pub(crate) fn parse<Word: AsRef<str>>(words: &[Word]) -> Result<Self, WordError> {
        let mut server = None;
        let mut name = None;
        let mut rtype = None;
        let mut class = None;
        let mut flags = Flags::default();
        for word in words {
            let word = word.as_ref();
            if let Some(flag) = word.strip_prefix('+') {
                flags.set(flag)?;
            } else if let Some(address) = word.strip_prefix('@') {
                if address.is_empty() {
                    return Err(WordError::NoServer);
                }
                once(&mut server, address.to_owned(), "server", word)?;
            } else if let Ok(code) = word.parse::<Rtype>() {
                once(&mut rtype, (code, word), "type", word)?;
            } else if let Ok(code) = word.parse::<Class>() {
                once(&mut class, code, "class", word)?;
            } else {
                let parsed = word.parse::<Name>().map_err(|error| WordError::Name {
                    word: word.to_owned(),
                    reason: error.to_string(),
                })?;
                once(&mut name, parsed, "name", word)?;
            }
        }
        let name = match (name, rtype) {
            (Some(name), _) => name,
            (None, Some((_, word))) => return Err(WordError::TypeWithoutName(word.to_owned())),
            (None, None) => return Err(WordError::NoName),
        };
        Ok(Self {
            server,
            name,
            rtype: rtype.map_or(Rtype::A, |(code, _)| code),
            class: class.unwrap_or(Class::IN),
            flags,
        })
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

impl Flags {
    /// Applies one `+flag` word, without its plus. As in dig, a flag may be cut short as long as it stays clear.
    fn set(&mut self, word: &str) -> Result<(), WordError> {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let is = |name: &str, least: usize, flag: &str| flag.len() >= least && name.starts_with(flag);
        let (positive, on) = match flag.strip_prefix("no") {
            Some(rest) => (rest, false),
            None => (flag, true),
        };
        let switch = match positive {
            name if is("tcp", 2, name) || is("vc", 1, name) => Some(&mut self.tcp),
            name if is("short", 2, name) => Some(&mut self.short),
            name if is("unknownformat", 2, name) => Some(&mut self.unknown_format),
            name if is("recurse", 3, name) || is("rdflag", 2, name) => Some(&mut self.recurse),
            name if is("adflag", 2, name) => Some(&mut self.authenticated),
            name if is("cdflag", 2, name) => Some(&mut self.checking_disabled),
            name if is("edns", 2, name) => {
                // `+edns=0` names the only version that exists.
                if on && value.is_some_and(|version| version != "0") {
                    return Err(wanted(word, "version 0, the only one"));
                }
                self.edns = on;
                return if on || value.is_none() {
                    Ok(())
                } else {
                    Err(wanted(word, "no value"))
                };
            }
            name if name == "do" || is("dnssec", 2, name) => Some(&mut self.dnssec),
            // No cookie is ever sent, so that a query may be written as for dig.
            name if !on && is("cookie", 3, name) => return Ok(()),
            _ => None,
        };
        if let Some(switch) = switch {
            if value.is_some() {
                return Err(wanted(word, "no value"));
            }
            *switch = on;
            return Ok(());
        }
        match flag {
            name if is("timeout", 2, name) || name == "time" => {
                let seconds = number(word, value, 1, 10, "a number of seconds from 1 to 10")?;
                self.time = Duration::from_secs(u64::from(seconds));
            }
            name if is("tries", 3, name) => {
                let tries = number(word, value, 1, 3, "a number from 1 to 3")?;
                self.tries = u8::try_from(tries).unwrap_or(u8::MAX);
            }
            name if is("bufsize", 1, name) => {
                self.udp_payload = number(word, value, 512, 4096, "a number of octets from 512 to 4096")?;
                self.edns = true;
            }
            _ => return Err(WordError::Flag(word.to_owned())),
        }
        Ok(())
    }
}

fn number(
    flag: &str,
    value: Option<&str>,
    least: u16,
    most: u16,
    what: &'static str,
) -> Result<u16, WordError> {
    value
        .and_then(|value| value.parse().ok())
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| wanted(flag, what))
}

fn wanted(flag: &str, wanted: &'static str) -> WordError {
    WordError::Value {
        flag: flag.to_owned(),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Words, WordError> {
        Words::parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn dig_takes_server_name_type_and_class_in_any_order() {
        for line in [
            "@192.0.2.53 example.com MX CH",
            "example.com ch @192.0.2.53 mx",
            "TYPE15 example.com CLASS3 @192.0.2.53",
        ] {
            let words = parse(line).unwrap();
            assert_eq!(words.server.as_deref(), Some("192.0.2.53"), "{line}");
            assert_eq!(words.name.to_string(), "example.com.", "{line}");
            assert_eq!((words.rtype, words.class), (Rtype::MX, Class::CH), "{line}");
        }
        let words = parse("example.com").unwrap();
        assert_eq!(
            (words.rtype, words.class, words.server),
            (Rtype::A, Class::IN, None)
        );
        assert_eq!(words.flags, Flags::default());
    }

    #[test]
    fn dig_flags_may_be_turned_round_and_cut_short() {
        let flags = |line: &str| parse(&format!("example.com {line}")).map(|words| words.flags);
        let default = Flags::default;
        assert_eq!(
            flags("+tcp +short +norec"),
            Ok(Flags {
                tcp: true,
                short: true,
                recurse: false,
                ..default()
            })
        );
        assert_eq!(flags("+vc +novc"), Ok(default()));
        assert_eq!(flags("+norecurse +recurse"), Ok(default()));
        assert_eq!(
            flags("+nordflag"),
            Ok(Flags {
                recurse: false,
                ..default()
            })
        );
        assert_eq!(
            flags("+noedns"),
            Ok(Flags {
                edns: false,
                ..default()
            })
        );
        assert_eq!(flags("+noedns +edns=0 +nocookie"), Ok(default()));
        assert_eq!(
            flags("+dnssec +noad +cd"),
            Ok(Flags {
                dnssec: true,
                authenticated: false,
                checking_disabled: true,
                ..default()
            })
        );
        assert_eq!(
            flags("+time=2 +tries=1"),
            Ok(Flags {
                time: Duration::from_secs(2),
                tries: 1,
                ..default()
            })
        );
        assert_eq!(flags("+timeout=2"), flags("+time=2"));
        assert_eq!(
            flags("+noedns +bufsize=4096"),
            Ok(Flags {
                udp_payload: 4096,
                ..default()
            })
        );
    }

    #[test]
    fn wrong_words_are_refused_in_one_sentence() {
        for (line, sentence) in [
            (
                "",
                "a name is missing: say what to ask for, as in 'nameward query example.com MX'",
            ),
            (
                "mx",
                "'mx' is a type, and a name is missing: write 'mx.' if it is the name",
            ),
            (
                "a.example b.example",
                "'b.example' is a second name: one query asks one server one question",
            ),
            (
                "a.example A MX",
                "'MX' is a second type: one query asks one server one question",
            ),
            (
                "a.example @192.0.2.1 @192.0.2.2",
                "'@192.0.2.2' is a second server: one query asks one server one question",
            ),
            (
                "a.example @",
                "'@' needs a server's address behind it, as in '@192.0.2.53'",
            ),
            (
                "a.example +time",
                "'+time' needs a number of seconds from 1 to 10",
            ),
            ("a.example +tries=4", "'+tries=4' needs a number from 1 to 3"),
            (
                "a.example +bufsize=70000",
                "'+bufsize=70000' needs a number of octets from 512 to 4096",
            ),
            ("a.example +tcp=1", "'+tcp=1' needs no value"),
            ("a.example +edns=1", "'+edns=1' needs version 0, the only one"),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), sentence, "{line}");
        }
        for flag in ["+cookie", "+n", "+no", "+", "+sho rt", "+shortest", "+notime=1"] {
            let refused = Words::parse(&["a.example", flag]).unwrap_err();
            assert_eq!(refused, WordError::Flag(flag[1..].to_owned()));
        }
        assert!(matches!(parse("a..example"), Err(WordError::Name { .. })));
    }
}
