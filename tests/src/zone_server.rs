//! A name server that answers from a zone, in the manner of good servers or of strange ones.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use nameward_core::machine::Proto;
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::trace::Recordable;
use nameward_core::wire::{
    Cname, Flags, Message, MessageWriter, Name, Opt, OptionCode, Question, Rcode, Record, Rtype, Section,
};
use nameward_driver::config::{self, Listener};
use nameward_tokio::Handle;

use crate::name_server::{Answers, DATAGRAMS, NameServer, STREAMS};

/// How a [`ZoneServer`] is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// What it knows, as a zone file whose origin is the root.
    pub zone: Bytes,
    /// How it answers.
    pub manner: Manner,
}
record!(struct Config { zone, manner });

/// How a server answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    #[default]
    Good,
    /// A query with an OPT record is a format error, which the reply says without one (RFC 6891 section 7).
    RefusesEdns,
    /// No datagram is answered with more than TC.
    Truncates,
    /// No datagram is answered.
    StreamsOnly,
    /// A datagram without the server's cookie gets nothing but that (RFC 7873 section 5.2.3).
    WantsCookies,
    /// Each question is answered when it comes for the second time.
    Late,
    /// Nothing is answered.
    Silent,
    /// It always says SERVFAIL.
    Fails,
}
record!(enum Manner {
    0 => Good, 1 => RefusesEdns, 2 => Truncates, 3 => StreamsOnly, 4 => WantsCookies, 5 => Late, 6 => Silent, 7 => Fails
});

/// What the server answers.
#[derive(Debug)]
pub struct ZoneServer {
    records: Vec<Record>,
    manner: Manner,
    heard: BTreeSet<(Name, u16)>,
}

/// What the question is about: the records that answer it, those that say that there are none, and the response code.
#[derive(Debug)]
struct Found {
    answer: Vec<Record>,
    authority: Vec<Record>,
    rcode: Rcode,
}

impl Found {
    const fn nothing(rcode: Rcode) -> Self {
        Self {
            answer: Vec::new(),
            authority: Vec::new(),
            rcode,
        }
    }
}

impl ZoneServer {
    fn find(&self, question: &Question) -> Found {
        let mut found = Found::nothing(Rcode::NOERROR);
        let mut name = question.name.clone();
        loop {
            let mut here = self
                .records
                .iter()
                .filter(|record| record.owner == name)
                .peekable();
            let exists = here.peek().is_some();
            let is_alias = |record: &&Record| record.rdata.rtype() == Rtype::CNAME;
            if let Some(alias) = here
                .clone()
                .find(is_alias)
                .filter(|_| question.rtype != Rtype::CNAME)
            {
                found.answer.push(alias.clone());
                let target = alias
                    .rdata
                    .view::<Cname<'_>>()
                    .map(|cname| cname.target.to_name());
                name = target.expect("the RDATA of a CNAME is a name");
                continue;
            }
            let wanted: Vec<_> = here
                .filter(|record| record.rdata.rtype() == question.rtype)
                .cloned()
                .collect();
            if wanted.is_empty() {
                let soa = self
                    .records
                    .iter()
                    .find(|record| record.rdata.rtype() == Rtype::SOA);
                found.authority.extend(soa.cloned());
                found.rcode = if exists { Rcode::NOERROR } else { Rcode::NXDOMAIN };
            }
            found.answer.extend(wanted);
            return found;
        }
    }

    /// The reply to a query, if there is one.
    fn reply(&mut self, query: Message<'_>, proto: Proto) -> Option<Bytes> {
        let question = query.question()?.to_question();
        let opt = query.opt();
        let on_datagram = proto == Proto::Datagram;
        let mut cookie = None;
        let mut flags = Flags::default()
            .with_qr(true)
            .with_rd(query.flags().rd())
            .with_ra(true);
        let mut found = Found::nothing(Rcode::NOERROR);
        let is_first = self.heard.insert((question.name.clone(), question.rtype.0));
        match self.manner {
            Manner::Silent => return None,
            Manner::StreamsOnly if on_datagram => return None,
            Manner::Late if is_first => return None,
            Manner::RefusesEdns if opt.is_some() => {
                found.rcode = Rcode::FORMERR;
                return Some(write(query.id(), flags, &question, &found, None, u16::MAX));
            }
            Manner::Truncates if on_datagram => flags = flags.with_tc(true),
            Manner::Fails => found.rcode = Rcode::SERVFAIL,
            Manner::WantsCookies => {
                let sent = opt.and_then(|opt| opt.options().find(|option| option.code == OptionCode::COOKIE));
                let (client, server) = sent.and_then(|option| option.data.split_first_chunk::<8>())?;
                let ours = client.map(|octet| !octet);
                cookie = Some([*client, ours].concat());
                if server == ours || !on_datagram {
                    found = self.find(&question);
                } else {
                    found.rcode = Rcode::BADCOOKIE;
                }
            }
            Manner::Good | Manner::RefusesEdns | Manner::Truncates | Manner::StreamsOnly | Manner::Late => {
                found = self.find(&question);
            }
        }
        let limit = match proto {
            Proto::Datagram => opt.map_or(512, |opt| opt.udp_payload().max(512)),
            Proto::Stream => u16::MAX,
        };
        let opt = opt.map(|_| {
            let mut opt = Opt::default();
            if let Some(cookie) = cookie {
                opt.options.push(OptionCode::COOKIE, &cookie);
            }
            opt
        });
        Some(write(query.id(), flags, &question, &found, opt, limit))
    }
}

/// A reply, without records and with TC if they do not fit.
fn write(id: u16, flags: Flags, question: &Question, found: &Found, opt: Option<Opt>, limit: u16) -> Bytes {
    let (low, high) = found.rcode.split();
    let opt = opt.map(|opt| Opt {
        extended_rcode: high,
        ..opt
    });
    let mut out = BytesMut::new();
    let flags = flags.with_rcode(Rcode(low.into()));
    let mut writer = MessageWriter::new(&mut out, limit, id, flags);
    let Question { name, rtype, class } = question;
    let fits = "a question and an OPT record fit";
    writer.question(name, *rtype, *class).expect(fits);
    if let Some(opt) = &opt {
        writer.reserve_opt(opt).expect(fits);
    }
    let records = !flags.tc()
        && writer.rrset(Section::Answer, &found.answer).is_ok()
        && writer.rrset(Section::Authority, &found.authority).is_ok();
    if let Some(opt) = &opt {
        writer.opt(opt).expect(fits);
    }
    writer.finish();
    if records || flags.tc() {
        out.freeze()
    } else {
        let nothing = Found::nothing(found.rcode);
        write(id, flags.with_tc(true), question, &nothing, opt, limit)
    }
}

fn read(zone: &[u8]) -> Vec<Record> {
    read_records(zone, Name::root(), ZoneReaderConfig::default()).expect("the zone is without faults")
}

impl Answers for ZoneServer {
    const KIND: &'static str = "zone server";
    type Config = Config;

    fn new(config: Config) -> Self {
        Self {
            records: read(&config.zone),
            manner: config.manner,
            heard: BTreeSet::new(),
        }
    }

    fn replies(&mut self, query: Message<'_>, proto: Proto) -> Vec<Bytes> {
        self.reply(query, proto).into_iter().collect()
    }
}

/// A [`ZoneServer`] on a thread of its own, on the loopback interface. It ends when this is dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    handle: Option<Handle<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// Serves `zone` in this manner.
    ///
    /// # Panics
    ///
    /// The zone has a fault, or the system has no socket.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server is somebody else, who does not wait for the client"
    )]
    pub fn start(zone: &str, manner: Manner) -> Self {
        let config = Config {
            zone: Bytes::copy_from_slice(zone.as_bytes()),
            manner,
        };
        let (started, start) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async move {
                let (handle, _, driver) = (0..16)
                    .find_map(|_| {
                        let address = crate::peer::free_address().ok()?;
                        let listener = |id, proto| Listener { id, proto, address };
                        let place = config::Config {
                            listeners: vec![
                                listener(DATAGRAMS, Proto::Datagram),
                                listener(STREAMS, Proto::Stream),
                            ],
                            ..config::Config::default()
                        };
                        let server =
                            NameServer::<ZoneServer>::from_seed(Seed::from_number(0), config.clone());
                        // Somebody may be quicker to take the port.
                        nameward_tokio::drive(server.expect("any configuration will do"), place).ok()
                    })
                    .expect("sockets are free");
                let address = driver.listening_at(DATAGRAMS).expect("it listens");
                started.send((handle, address)).expect("somebody waits");
                driver.run().await;
            });
        });
        let (handle, address) = start.recv().expect("the server starts");
        Self {
            address,
            handle: Some(handle),
            thread: Some(thread),
        }
    }

    /// Where it answers, over UDP and TCP.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Without a handle the driver shuts down.
        drop(self.handle.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server was printed; the test that asks it fails by itself.
            let _ = thread.join();
        }
    }
}
