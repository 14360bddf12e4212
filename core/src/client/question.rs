//! What an application can ask.

use alloc::format;
use core::net::IpAddr;
use core::str::FromStr as _;
use core::time::Duration;

use super::reverse::reverse_name;
use crate::machine::Misuse;
use crate::wire::{Class, Name, NameError, Question, Rtype};

/// A look-up, by the number that the application gave it. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub u64);

/// One look-up: what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The application's number for it.
    pub id: LookupId,
    /// What is asked.
    pub query: Query,
    /// How.
    pub options: LookupOptions,
}

/// How something is looked up, where it is not as the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupOptions {
    /// From asking to the outcome, if that is to be shorter than [`Limits::time`](crate::limits::Limits::time).
    pub time: Option<Duration>,
    /// The cache is not looked into. What the servers say goes into it nevertheless.
    pub fresh: bool,
}

/// What is looked up.
///
/// Most have a constructor:
///
/// ```
/// use nameward_core::client::Query;
/// use nameward_core::wire::Rtype;
///
/// let query = Query::addresses("www.example")?;
/// assert!(matches!(query, Query::Addresses { search: true, .. }));
/// let Query::Records { question, search } = Query::tlsa("www.example.", 443, "tcp")? else { unreachable!() };
/// assert_eq!((question.to_string().as_str(), search), ("_443._tcp.www.example.\tIN\tTLSA", false));
/// # Ok::<(), nameward_core::client::QueryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The records of a name and a type.
    Records {
        /// Which.
        question: Question,
        /// Whether the name is relative: the search list completes it.
        search: bool,
    },
    /// The addresses of a host.
    Addresses {
        /// Its name.
        name: Name,
        /// Of which families.
        families: Families,
        /// Whether the name is relative: the search list completes it.
        search: bool,
    },
}

/// The families of addresses that are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Families {
    /// IPv4 and IPv6.
    #[default]
    Both,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

/// Why a text asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// It is no name.
    #[error("no name: {0}")]
    Name(#[from] NameError),
    /// The name is too long for the labels of its service.
    #[error("with the labels of the service the name is longer than 255 octets")]
    TooLong,
}

impl Query {
    /// The records of type `rtype` of a name as `host` writes it: relative if it does not end with a dot.
    ///
    /// # Errors
    ///
    /// The text is no name.
    pub fn records(name: &str, rtype: Rtype) -> Result<Self, QueryError> {
        let question = Question::new(Name::from_str(name)?, rtype);
        let search = is_relative(name);
        Ok(Self::Records { question, search })
    }

    /// The addresses of a host, of both families; the name is relative if it does not end with a dot.
    ///
    /// # Errors
    ///
    /// The text is no name.
    pub fn addresses(name: &str) -> Result<Self, QueryError> {
        Ok(Self::Addresses {
            name: Name::from_str(name)?,
            families: Families::Both,
            search: is_relative(name),
        })
    }

    /// The names of an address (RFC 1035 section 3.5, RFC 3596 section 2.5). Those of a whole prefix:
    ///
    /// ```
    /// use nameward_core::client::{Prefix, Query};
    ///
    /// let prefix: Prefix = "192.0.2.0/24".parse().unwrap();
    /// let queries: Vec<_> = prefix.addresses().map(Query::reverse).collect();
    /// assert_eq!(queries.len(), 256);
    /// ```
    pub fn reverse(address: IpAddr) -> Self {
        Self::Records {
            question: Question::new(reverse_name(address), Rtype::PTR),
            search: false,
        }
    }

    /// The mail exchanges of a domain (RFC 5321 section 5.1).
    ///
    /// # Errors
    ///
    /// The text is no name.
    pub fn mx(domain: &str) -> Result<Self, QueryError> {
        Self::records(domain, Rtype::MX)
    }

    /// The texts of a name.
    ///
    /// # Errors
    ///
    /// The text is no name.
    pub fn txt(name: &str) -> Result<Self, QueryError> {
        Self::records(name, Rtype::TXT)
    }

    /// Where a service is: `srv("example.", "xmpp-client", "tcp")` asks for `_xmpp-client._tcp.example.` (RFC 2782).
    ///
    /// # Errors
    ///
    /// The text is no name, or too long with the labels of the service.
    pub fn srv(domain: &str, service: &str, protocol: &str) -> Result<Self, QueryError> {
        Self::attributed(
            &[&format!("_{service}"), &format!("_{protocol}")],
            domain,
            Rtype::SRV,
        )
    }

    /// How to reach a web server (RFC 9460 section 9.1): on a port other than 443, `_port._https` stands before its name.
    ///
    /// # Errors
    ///
    /// The text is no name, or too long with the labels of the port.
    pub fn https(host: &str, port: u16) -> Result<Self, QueryError> {
        match port {
            443 => Self::records(host, Rtype::HTTPS),
            _ => Self::attributed(&[&format!("_{port}"), "_https"], host, Rtype::HTTPS),
        }
    }

    /// The certificates of a TLS server: `_port._protocol` before its name (RFC 6698 section 3).
    ///
    /// # Errors
    ///
    /// The text is no name, or too long with the labels of the port.
    pub fn tlsa(host: &str, port: u16, protocol: &str) -> Result<Self, QueryError> {
        Self::attributed(&[&format!("_{port}"), &format!("_{protocol}")], host, Rtype::TLSA)
    }

    /// Records of `labels` below `name`.
    fn attributed(labels: &[&str], name: &str, rtype: Rtype) -> Result<Self, QueryError> {
        let below = Name::from_str(name)?;
        let whole = Name::from_labels(labels).and_then(|labels| labels.join(&below));
        Ok(Self::Records {
            question: Question::new(whole.ok_or(QueryError::TooLong)?, rtype),
            search: is_relative(name),
        })
    }

    /// The name that is asked about, and whether it is relative.
    pub(super) const fn name(&self) -> (&Name, bool) {
        match self {
            Self::Records { question, search } => (&question.name, *search),
            Self::Addresses { name, search, .. } => (name, *search),
        }
    }

    /// The class that is wanted, and the types: one, and for both families a second one.
    pub(super) const fn types(&self) -> (Class, Rtype, Option<Rtype>) {
        match self {
            Self::Records { question, .. } => (question.class, question.rtype, None),
            Self::Addresses { families, .. } => match families {
                Families::Both => (Class::IN, Rtype::A, Some(Rtype::AAAA)),
                Families::Ipv4 => (Class::IN, Rtype::A, None),
                Families::Ipv6 => (Class::IN, Rtype::AAAA, None),
            },
        }
    }

    /// Whether it can be looked up.
    pub(crate) fn validate(&self) -> Result<(), Misuse> {
        let Self::Records { question, .. } = self else {
            return Ok(());
        };
        match question.rtype {
            Rtype::OPT | Rtype::TSIG | Rtype::TKEY => Err(Misuse::Impossible(
                "OPT, TSIG and TKEY are no records that a name has",
            )),
            Rtype::AXFR | Rtype::IXFR => Err(Misuse::Impossible("a zone transfer is no look-up")),
            _ => Ok(()),
        }
    }
}

/// Whether the text of a name lacks the last dot.
fn is_relative(name: &str) -> bool {
    !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString as _};

    /// Name and type, and `+` if the search list completes the name.
    fn asks(query: Result<Query, QueryError>) -> String {
        let Query::Records { question, search } = query.unwrap() else {
            panic!("not for the addresses of a host");
        };
        assert_eq!(question.class, Class::IN);
        format!(
            "{} {}{}",
            question.name,
            question.rtype,
            if search { "+" } else { "" }
        )
    }

    #[test]
    fn each_word_asks_for_what_its_rfc_says() {
        assert_eq!(asks(Query::mx("example.")), "example. MX");
        assert_eq!(asks(Query::txt("_dmarc.example")), "_dmarc.example. TXT+");
        let rfc2782 = Query::srv("example.com.", "ldap", "tcp");
        assert_eq!(asks(rfc2782), "_ldap._tcp.example.com. SRV");
        assert_eq!(asks(Query::https("www.example.", 443)), "www.example. HTTPS");
        let rfc9460_9_1 = Query::https("www.example.", 8443);
        assert_eq!(asks(rfc9460_9_1), "_8443._https.www.example. HTTPS");
        let rfc6698_3 = Query::tlsa("www.example.com", 443, "tcp");
        assert_eq!(asks(rfc6698_3), "_443._tcp.www.example.com. TLSA+");
        let reverse = Query::reverse([10, 2, 0, 52].into());
        assert_eq!(asks(Ok(reverse)), "52.0.2.10.in-addr.arpa. PTR");
        let records = Query::records("example", Rtype::NS);
        assert_eq!(asks(records), "example. NS+");
    }

    #[test]
    fn texts_that_are_no_name_and_names_that_become_too_long_are_refused() {
        assert!(matches!(Query::mx("a..b"), Err(QueryError::Name(_))));
        let long = ["x".repeat(63), "y".repeat(63), "z".repeat(63), "w".repeat(55)].join(".");
        assert!(Query::records(&long, Rtype::A).is_ok());
        assert_eq!(Query::tlsa(&long, 443, "tcp"), Err(QueryError::TooLong));
        assert_eq!(
            Query::srv("example.", &"s".repeat(63), "tcp"),
            Err(QueryError::TooLong)
        );
        assert_eq!(QueryError::TooLong.to_string().lines().count(), 1);
    }
}
