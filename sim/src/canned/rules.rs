//! Which answer a question gets.

use core::time::Duration;

use nameward_core::machine::Proto;
use nameward_core::wire::{Name, Rcode, Record, Rtype};

use super::Asked;

/// What a server says to a question: an empty answer, NOERROR, unless something else is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The RCODE.
    pub rcode: Rcode,
    /// AA: the server speaks for the zone.
    pub authoritative: bool,
    /// RA: the server asks others.
    pub recursion_available: bool,
    /// TC, whether or not it all fits.
    pub truncated: bool,
    /// AD, which proves nothing.
    pub authentic_data: bool,
    /// The records of the answer section. Records of one RRset stand together.
    pub answer: Vec<Record>,
    /// Those of the authority section.
    pub authority: Vec<Record>,
    /// Those of the additional section, without the OPT record.
    pub additional: Vec<Record>,
    /// How long the server thinks about it, besides what it thinks about everything.
    pub after: Duration,
    /// Nothing is said at all.
    pub silent: bool,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            rcode: Rcode::NOERROR,
            authoritative: true,
            recursion_available: true,
            truncated: false,
            authentic_data: false,
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            after: Duration::ZERO,
            silent: false,
        }
    }
}

/// Says something to a question, or leaves it to others.
type Say = Box<dyn FnMut(&Asked) -> Option<Said>>;

pub(super) enum Saying {
    Said(Said),
    Nothing,
    Truncated,
    Called(Say),
}

pub(super) struct Rule {
    owner: Option<Name>,
    rtype: Option<Rtype>,
    saying: Saying,
    /// How often it still applies, if that is bounded.
    pub(super) left: Option<u32>,
    pub(super) after: Duration,
}

impl Rule {
    pub(super) const fn new(owner: Option<Name>, rtype: Option<Rtype>, saying: Saying) -> Self {
        Self {
            owner,
            rtype,
            saying,
            left: None,
            after: Duration::ZERO,
        }
    }

    fn fits(&self, asked: &Asked) -> bool {
        self.left != Some(0)
            && self
                .owner
                .as_ref()
                .is_none_or(|owner| *owner == asked.question.name)
            && self.rtype.is_none_or(|rtype| rtype == asked.question.rtype)
            && !(matches!(self.saying, Saying::Truncated) && asked.proto == Proto::Stream)
    }
}

#[derive(Default)]
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    pub(super) fn add(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    pub(super) fn last(&mut self) -> &mut Rule {
        self.0.last_mut().expect("there is a rule before this")
    }

    /// What the first rule says that fits.
    pub(super) fn say(&mut self, asked: &Asked) -> Option<Said> {
        for rule in self.0.iter_mut().filter(|rule| rule.fits(asked)) {
            let said = match &mut rule.saying {
                Saying::Said(said) => Some(said.clone()),
                Saying::Nothing => Some(Said {
                    silent: true,
                    ..Said::default()
                }),
                Saying::Truncated => Some(Said {
                    truncated: true,
                    ..Said::default()
                }),
                Saying::Called(say) => say(asked),
            };
            if let Some(mut said) = said {
                said.after += rule.after;
                if let Some(left) = &mut rule.left {
                    *left -= 1;
                }
                return Some(said);
            }
        }
        None
    }
}
