//! What each question has cost and whether it is over, kept apart from the machine.
//!
//! A packet does not say whose question it carries, but to which server it goes. So the costs are kept by server, and the bound
//! is that of all questions that were put to it.

use std::time::Duration;

use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::transport::{Event, QueryOptions};

/// The accounts of a run.
pub(super) struct Accounts {
    limits: Limits,
    questions: Vec<Asked>,
    /// By the number of the server.
    servers: Vec<Costs>,
}

struct Asked {
    server: usize,
    since: Instant,
    attempts: u16,
    datagrams: u16,
    over: bool,
}

/// What was sent to a server.
#[derive(Clone, Default)]
struct Costs {
    packets: u16,
    datagrams: u16,
    streams: u16,
}

impl Accounts {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            questions: Vec::new(),
            servers: Vec::new(),
        }
    }

    /// How many questions were ever asked: the number of the next.
    pub(super) fn asked(&self) -> usize {
        self.questions.len()
    }

    /// How many questions are not over.
    pub(super) fn in_flight(&self) -> usize {
        self.questions.iter().filter(|asked| !asked.over).count()
    }

    pub(super) fn is_in_flight(&self, question: usize) -> bool {
        self.questions.get(question).is_some_and(|asked| !asked.over)
    }

    /// The machine takes the next question.
    pub(super) fn ask(&mut self, now: Instant, server: usize, options: &QueryOptions) {
        self.questions.push(Asked {
            server,
            since: now,
            attempts: options.attempts.into(),
            datagrams: self.limits.attempts.saturating_sub(options.sent_before).into(),
            over: false,
        });
        let most = self.servers.len().max(server + 1);
        self.servers.resize(most, Costs::default());
    }

    /// Nobody wants to know any more.
    pub(super) fn cancel(&mut self, question: usize) {
        self.questions[question].over = true;
    }

    /// A flow to a server is opened.
    pub(super) fn opened(&mut self, now: Instant, server: usize, proto: Proto) {
        let time = self.limits.time;
        let waits = |asked: &Asked| !asked.over && asked.server == server && now.since(asked.since) < time;
        assert!(
            self.questions.iter().any(waits),
            "server {server} is asked for nobody"
        );
        let (costs, most) = (&mut self.servers[server], |share: fn(&Asked) -> u16| -> u16 {
            let questions = self.questions.iter().filter(|asked| asked.server == server);
            questions.map(share).sum()
        });
        match proto {
            Proto::Datagram => {
                costs.datagrams += 1;
                assert!(
                    costs.datagrams <= most(|asked| asked.datagrams),
                    "too many datagrams"
                );
            }
            Proto::Stream => {
                costs.streams += 1;
                // A query in another form, such as one without EDNS, takes one more if the server closed the connection.
                assert!(
                    costs.streams <= most(|asked| asked.attempts + 1),
                    "too many connections"
                );
                self.sent(server);
            }
        }
    }

    /// A datagram, a connection, or messages on a stream.
    pub(super) fn sent(&mut self, server: usize) {
        let questions = self.questions.iter().filter(|asked| asked.server == server);
        let most = u16::try_from(questions.count()).unwrap_or(u16::MAX) * self.limits.packets;
        let costs = &mut self.servers[server];
        costs.packets += 1;
        assert!(
            costs.packets <= most,
            "server {server} gets more than {most} packets"
        );
    }

    /// A question has its event.
    pub(super) fn ended(&mut self, now: Instant, question: usize, event: &Event) {
        let asked = &mut self.questions[question];
        assert!(
            !std::mem::replace(&mut asked.over, true),
            "question {question} has two events"
        );
        let took: Duration = now.since(asked.since);
        assert!(
            took <= self.limits.time,
            "question {question} ends after its time"
        );
        if let Event::Answered { reply, .. } = event {
            let octets = reply.message.as_bytes().len();
            assert!(
                octets <= self.limits.octets as usize,
                "a reply has {octets} octets"
            );
            let flags = reply.message.view().flags();
            assert!(flags.qr() && !flags.tc());
        }
    }
}
