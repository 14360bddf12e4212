//! What belongs into a reply, and which layer has to say it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Ignored, Proto};
use nameward_core::seed::Seed;
use nameward_core::server::answer::Outcome;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond, respond_with,
};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Class, Message, Name, OwnedMessage, Question, Rcode, Record, Rtype, Section};

use super::layers::{Controlled, Saying, application_says, hosts_say, other_says, zones};
use super::plan::{Clientele, KEYED, OtherPlan, Plan, is_stranger};

/// The RRsets of a message: the RDATA of each, by section, owner and type.
type Sets = BTreeMap<(u8, Name, Rtype), BTreeSet<Vec<u8>>>;

/// A request, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) peer: SocketAddr,
    pub(super) listener: ListenerId,
    pub(super) proto: Proto,
    pub(super) data: Vec<u8>,
}

/// Which versions of the data are in force: of the zones, and of the hosts file, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) zones: usize,
    pub(super) hosts: Option<usize>,
}

/// What is due to a request.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) from: Layer,
    /// What is asked, where a layer is asked at all.
    pub(super) question: Option<Question>,
    id: u16,
    questions: Vec<Question>,
    /// The replies that would be true, if they had all the room that there is.
    wholes: Vec<Whole>,
    /// It cannot be known what a reply says.
    anything: bool,
}

/// Who has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The server itself, at once.
    Here,
    /// The application, and then, if it passes, somebody else or nobody.
    Application {
        /// Whether others may be asked then.
        elsewhere: bool,
    },
    /// Other servers.
    Elsewhere,
}

#[derive(Debug)]
struct Whole {
    rcode: Rcode,
    sets: Sets,
}

/// Says what is true. Data is taken from [`layers`](super::layers); what zones answer, and what is wrong with a message, from the core's
/// functions for one request.
#[derive(Debug)]
pub(super) struct Oracle {
    policy: Policy,
    /// That of a server which has zones only.
    plain: Policy,
    application: bool,
    recursion: Clientele,
    others: Vec<OtherPlan>,
    unaltered: bool,
}

impl Oracle {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            policy: Policy::new(plan.responder()).expect("the plan is valid"),
            plain: Policy::new(ResponderConfig::default()).expect("the default is valid"),
            application: plan.layers.application,
            recursion: plan.layers.recursion,
            others: plan.layers.others.clone(),
            unaltered: plan.is_unaltered(),
        }
    }

    /// Why nothing may come of a request but that it is refused, if it is so. This looks at the octets alone.
    pub(super) fn denied(asked: &Asked) -> Option<&'static str> {
        let flags = asked.data.get(2).copied().unwrap_or(0);
        if flags & 0x80 != 0 {
            Some("a response")
        } else if flags & 0x78 != 0 {
            Some("no query")
        } else if is_stranger(asked.peer.ip()) {
            Some("of a stranger")
        } else if KEYED.contains(&asked.listener) {
            Some("not signed")
        } else {
            None
        }
    }

    /// What is due to a request.
    ///
    /// # Errors
    ///
    /// Why nothing is.
    pub(super) fn due(&self, versions: Versions, asked: &Asked) -> Result<Due, Ignored> {
        let transport = match asked.proto {
            Proto::Datagram => Transport::Datagram,
            Proto::Stream => Transport::Stream,
        };
        let mut reached = None;
        let bare = self.responded(asked, transport, |question| reached = Some(question))?;
        let mut due = Due {
            from: Layer::Here,
            question: None,
            id: bare.id(),
            questions: bare.questions().to_vec(),
            wholes: Vec::new(),
            anything: false,
        };
        let Some(question) = reached else {
            due.wholes.push(Whole::of(&bare));
            return Ok(due);
        };
        let says = versions.hosts.and_then(|version| hosts_say(version, &question));
        let recursion_desired = asked.data.get(2).is_some_and(|flags| flags & 1 != 0);
        let elsewhere =
            !self.others.is_empty() && recursion_desired && self.recursion.includes(asked.peer.ip());
        let is_ours = question
            .name
            .is_subdomain_of(&"example.".parse().expect("a valid name"));
        if question.class != Class::IN {
            // Some classes stand for others, and nobody here asks for those unless octets were altered.
            due.anything = true;
            due.from = if self.application {
                Layer::Application { elsewhere }
            } else if elsewhere {
                Layer::Elsewhere
            } else {
                Layer::Here
            };
        } else if let Some(says) = says {
            due.wholes.push(Whole::from(says));
        } else if is_ours || !(self.application || elsewhere) {
            due.wholes
                .push(Whole::of(&self.zones_say(versions.zones, asked)?));
        } else if self.application {
            due.from = Layer::Application { elsewhere };
            due.wholes = self.controlled(&question, elsewhere);
        } else {
            due.from = Layer::Elsewhere;
            due.wholes = self.others_say(&question);
        }
        if !self.unaltered {
            // An altered option may be wrong on streams only, and what others said may have been altered on its way.
            due.anything |=
                due.from != Layer::Here || due.wholes.iter().any(|whole| whole.rcode == Rcode::FORMERR);
        }
        due.question = Some(question);
        Ok(due)
    }

    /// The response without an answer; `reached` is told the question if nothing is wrong with the request.
    fn responded(
        &self,
        asked: &Asked,
        transport: Transport,
        reached: impl FnOnce(Question),
    ) -> Result<OwnedMessage, Ignored> {
        let mut out = BytesMut::new();
        let responded = respond_with(
            &self.policy,
            &mut self.shard(),
            now(),
            &asked.request(transport),
            &mut out,
            |query, _| {
                reached(query.question.to_question());
                Some(Outcome::bare(Rcode::NOERROR))
            },
        );
        read(responded, &out)
    }

    /// The response of a server that has zones only. That it comes by stream gives it room.
    fn zones_say(&self, version: usize, asked: &Asked) -> Result<OwnedMessage, Ignored> {
        let mut out = BytesMut::new();
        let (zones, request) = (zones(version), asked.request(Transport::Stream));
        let responded = respond(&zones, &self.plain, &mut self.shard(), now(), &request, &mut out);
        read(responded, &out)
    }

    fn shard(&self) -> Shard {
        Shard::new(&self.policy, &Seed::from_number(0))
    }

    /// What may be said if the application is asked: at the end of all time that it has, nobody answers.
    fn controlled(&self, question: &Question, elsewhere: bool) -> Vec<Whole> {
        let mut wholes = match application_says(question) {
            Controlled::Answers(_, saying) => vec![Whole::from(saying)],
            Controlled::Passes if elsewhere => self.others_say(question),
            Controlled::Passes => vec![Whole::from(Saying::bare(Rcode::REFUSED))],
            Controlled::Silent => Vec::new(),
        };
        wholes.push(Whole::from(Saying::bare(Rcode::SERVFAIL)));
        wholes
    }

    /// What may be said if others are asked: one of them may answer, or none.
    fn others_say(&self, question: &Question) -> Vec<Whole> {
        let say = |other: &OtherPlan| Whole::from(other_says(other.number, other.habit, question));
        let nobody = Whole::from(Saying::bare(Rcode::SERVFAIL));
        self.others.iter().map(say).chain([nobody]).collect()
    }
}

impl Asked {
    fn request(&self, transport: Transport) -> Request<'_> {
        Request {
            peer: self.peer,
            listener: self.listener,
            transport,
            data: &self.data,
        }
    }

    /// The message ID, with which a reply begins too.
    pub(super) fn id(&self) -> &[u8] {
        self.data.get(..2).unwrap_or_default()
    }
}

impl Due {
    /// Whether the application has to be asked, and others may be then or at once.
    pub(super) fn is_elsewhere(&self) -> bool {
        match self.from {
            Layer::Here => false,
            Layer::Application { elsewhere } => elsewhere,
            Layer::Elsewhere => true,
        }
    }

    /// Checks a reply, and says in a word what it is.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub(super) fn check(&self, asked: &Asked, data: &[u8]) -> Result<&'static str, String> {
        if asked.proto == Proto::Datagram {
            let negotiated = negotiated(&asked.data);
            if data.len() > usize::from(negotiated) {
                return Err(format!(
                    "INV-7: {} octets, and {negotiated} were negotiated",
                    data.len()
                ));
            }
        }
        let unreadable = |error| format!("INV-14: a reply cannot be read: {error}");
        let reply = Message::parse(data).map_err(|error| unreadable(error.to_string()))?;
        let reply = OwnedMessage::try_from(reply).map_err(|error| unreadable(error.to_string()))?;
        let has = sets(&reply);
        if let Some(why) = Oracle::denied(asked) {
            if why == "a response" {
                return Err("P11: a response is answered".into());
            }
            if reply.rcode() == Rcode::NOERROR || !has.is_empty() {
                return Err(format!(
                    "INV-18: a request that is {why} is answered with {reply:?}"
                ));
            }
        }
        if (reply.id(), reply.questions()) != (self.id, &self.questions) {
            return Err(format!("INV-14: {reply:?} answers something else than {asked:?}"));
        }
        if self.anything {
            return Ok("it may say anything");
        }
        let fitting: Vec<_> = self
            .wholes
            .iter()
            .filter(|whole| whole.has_room_for(&reply, &has))
            .collect();
        if fitting.is_empty() {
            return Err(format!(
                "INV-14: {reply:?} to {:?}, and true is {:?}",
                self.question, self.wholes
            ));
        }
        let judged: Vec<_> = fitting.iter().map(|whole| whole.lacks(&reply, &has)).collect();
        judged
            .iter()
            .find(|judged| judged.is_ok())
            .unwrap_or(&judged[0])
            .clone()
    }
}

impl Whole {
    fn of(message: &OwnedMessage) -> Self {
        Self {
            rcode: message.rcode(),
            sets: sets(message),
        }
    }

    /// Whether a reply says nothing else.
    fn has_room_for(&self, reply: &OwnedMessage, has: &Sets) -> bool {
        reply.rcode() == self.rcode && has.iter().all(|(set, rdata)| self.sets.get(set) == Some(rdata))
    }

    /// Whether TC says rightly that something is missing.
    fn lacks(&self, reply: &OwnedMessage, has: &Sets) -> Result<&'static str, String> {
        let missing: Vec<_> = self.sets.keys().filter(|set| !has.contains_key(set)).collect();
        let required = missing
            .iter()
            .find(|(section, owner, _)| is_required(&self.sets, *section, owner));
        if reply.flags().tc() != required.is_some() {
            return Err(format!(
                "INV-7: TC is {}, and required of what is missing is {required:?}",
                reply.flags().tc()
            ));
        }
        Ok(match (required, missing.is_empty()) {
            (Some(_), _) => "truncated",
            (None, true) => "whole",
            (None, false) => "left out what only helps",
        })
    }
}

impl From<Saying> for Whole {
    fn from(saying: Saying) -> Self {
        let mut sets = Sets::new();
        for (section, records) in (0..).zip([&saying.answer, &saying.authority, &saying.additional]) {
            records.iter().for_each(|record| add(&mut sets, section, record));
        }
        Self {
            rcode: saying.rcode,
            sets,
        }
    }
}

/// The RRsets of a message.
fn sets(message: &OwnedMessage) -> Sets {
    let mut sets = Sets::new();
    for (number, section) in (0..).zip([Section::Answer, Section::Authority, Section::Additional]) {
        for record in message.records(section) {
            if !matches!(record.rtype(), Rtype::OPT | Rtype::TSIG) {
                add(&mut sets, number, record);
            }
        }
    }
    sets
}

/// Names in RDATA may have taken the case of the question.
fn add(sets: &mut Sets, section: u8, record: &Record) {
    let set = sets.entry((section, record.owner.clone(), record.rtype()));
    set.or_default()
        .insert(record.rdata.octets().to_ascii_lowercase());
}

fn read(responded: Responded, out: &[u8]) -> Result<OwnedMessage, Ignored> {
    match responded {
        Responded::Reply(_) => {
            let message = Message::parse(out).expect("a reply can be read");
            Ok(OwnedMessage::try_from(message).expect("a reply can be read"))
        }
        Responded::Ignored(why) => Err(why),
        Responded::Elsewhere => panic!("there is nobody else"),
    }
}

const fn now() -> Now {
    Now::without_wall(Instant::ZERO)
}

/// Whether an RRset has to be in the reply, as a whole: all that answers, what the authority section has, and the addresses of name servers
/// below the zone cut (RFC 9471 section 3.1).
fn is_required(sets: &Sets, section: u8, owner: &Name) -> bool {
    let is_glue = || {
        let servers = sets
            .iter()
            .filter(|((section, _, rtype), _)| (*section, *rtype) == (1, Rtype::NS));
        servers.into_iter().any(|((_, cut, _), servers)| {
            let is_server = |rdata: &Vec<u8>| Name::from_wire(rdata).is_ok_and(|name| &name == owner);
            owner.is_subdomain_of(cut) && servers.iter().any(is_server)
        })
    };
    section < 2 || is_glue()
}

/// The largest reply to a datagram, read from its octets alone: after one question, an OPT record at the root says it.
fn negotiated(request: &[u8]) -> u16 {
    let payload = || {
        let mut at = 12;
        while *request.get(at)? != 0 {
            at += 1 + usize::from(request[at]);
        }
        let opt = request.get(at + 5..at + 10)?;
        let is_opt = request.get(10..12)? == [0, 1] && opt[..3] == [0, 0, 41];
        is_opt.then(|| u16::from_be_bytes([opt[3], opt[4]]))
    };
    payload().unwrap_or(512).clamp(512, 1232)
}
