//! A DNS server in lock step with one client: what it does with a question stands in the question's first label.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use nameward_core::machine::Proto;
use nameward_core::wire::{Flags, Message, MessageWriter, Name, Question, Rdata, Record, Rtype, Section};

use crate::name_server::Answers;

/// What the server says. It answers; a question whose name begins with
///
/// * `noisy` gets a wrong ID, a wrong question and garbage first,
/// * `long` is truncated in a datagram, and answered on a stream,
/// * `late` is answered when it is asked for the second time.
#[derive(Debug, Default)]
pub struct Responder {
    asked: BTreeSet<Name>,
}

impl Answers for Responder {
    const KIND: &'static str = "responder";
    type Config = ();

    fn new((): ()) -> Self {
        Self::default()
    }

    fn replies(&mut self, query: Message<'_>, proto: Proto) -> Vec<Bytes> {
        let Some(question) = query.question().map(|question| question.to_question()) else {
            return Vec::new();
        };
        let id = query.id();
        if proto == Proto::Stream {
            return vec![respond(id, &question, 100, Flags::default())];
        }
        let answer = respond(id, &question, 1, Flags::default());
        // Letters come in any case (RFC 1035 section 2.3.3).
        let label = question.name.labels().next().map(<[u8]>::to_ascii_lowercase);
        match label.as_deref() {
            Some(b"noisy") => {
                let other = Question::new(Name::root(), Rtype::NS);
                vec![
                    respond(id ^ 1, &question, 1, Flags::default()),
                    respond(id, &other, 0, Flags::default()),
                    answer.slice(..answer.len() - 1),
                    answer,
                ]
            }
            Some(b"long") => vec![respond(id, &question, 0, Flags::default().with_tc(true))],
            Some(b"late") if self.asked.insert(question.name) => Vec::new(),
            _ => vec![answer],
        }
    }
}

fn respond(id: u16, question: &Question, answers: u8, flags: Flags) -> Bytes {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, id, flags.with_qr(true).with_rd(true));
    let Question { name, rtype, class } = question;
    writer.question(name, *rtype, *class).expect("a question fits");
    for number in 0..answers {
        let rdata = Rdata::opaque(Rtype::TXT, &[1, number]);
        let record = Record {
            owner: name.clone(),
            class: *class,
            ttl: 60,
            rdata,
        };
        writer.record(Section::Answer, &record).expect("an answer fits");
    }
    writer.finish();
    out.freeze()
}
