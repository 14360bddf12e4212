//! Questions (RFC 1035 section 4.1.2).

use core::fmt;

use super::codes::{Class, Rtype};
use super::name::{Name, NameRef};

/// A question, owned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// QNAME: what is asked about; in an update, the zone.
    pub name: Name,
    /// QTYPE: which records are wanted.
    pub rtype: Rtype,
    /// QCLASS: in which class.
    pub class: Class,
}

impl Question {
    /// A question in the class of the Internet.
    pub const fn new(name: Name, rtype: Rtype) -> Self {
        Self {
            name,
            rtype,
            class: Class::IN,
        }
    }
}

/// Name, class and type, as `dig` prints a question.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.name, self.class, self.rtype)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.class, self.rtype)
    }
}

/// A question where it stands in a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QuestionRef<'a> {
    /// QNAME: what is asked about; in an update, the zone.
    pub name: NameRef<'a>,
    /// QTYPE: which records are wanted.
    pub rtype: Rtype,
    /// QCLASS: in which class.
    pub class: Class,
}

impl QuestionRef<'_> {
    /// The same question, owned.
    pub fn to_question(self) -> Question {
        Question {
            name: self.name.to_name(),
            rtype: self.rtype,
            class: self.class,
        }
    }

    /// Whether this is `asked` letter for letter, case included, as a genuine response repeats it.
    pub fn repeats(self, asked: &Question) -> bool {
        self.rtype == asked.rtype && self.class == asked.class && self.name.same_octets(&asked.name)
    }
}

impl fmt::Display for QuestionRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.name, self.class, self.rtype)
    }
}

impl fmt::Debug for QuestionRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.class, self.rtype)
    }
}
