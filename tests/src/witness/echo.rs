//! A server of what an [`asker`](super::asker) asks: the answer is the text, backwards.

use std::convert::Infallible;

use bytes::Bytes;
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, Ignored, Input, Machine, Misuse, Output};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::outbox::Outbox;

/// How an [`Echo`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Where it listens.
    pub listener: ListenerId,
    /// How many questions it leaves unanswered, from the first one on.
    pub deaf: u32,
}
record!(struct Config { listener, deaf });

/// The server. It tells nothing.
#[derive(Debug)]
pub struct Echo {
    config: Config,
    outbox: Outbox<Infallible>,
}

impl Recordable for Echo {
    const KIND: &'static str = "witness echo";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        Ok(Self {
            config,
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Echo {
    type Event = Infallible;
    type Command = Infallible;

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        match input {
            Input::Request {
                listener,
                peer,
                local,
                data,
            } if listener == self.config.listener => {
                let Some((id, text)) = data.split_first_chunk::<2>() else {
                    return self.outbox.ignore(None, Ignored::Malformed { offset: 0 });
                };
                if self.config.deaf > 0 {
                    self.config.deaf -= 1;
                    return;
                }
                let answer = id.iter().chain(&[0]).chain(text.iter().rev()).copied();
                let data = Bytes::from_iter(answer);
                self.outbox.act(Action::Reply {
                    listener,
                    to: peer,
                    from: local,
                    data,
                });
            }
            _ => self.outbox.ignore_foreign(&input),
        }
    }

    fn command(&mut self, _now: Now, command: Infallible) -> Result<(), Misuse> {
        match command {}
    }

    fn poll(&mut self) -> Output<Infallible> {
        self.outbox.poll(None)
    }

    fn stream_out(&self, _flow: FlowId) -> &[u8] {
        &[]
    }

    fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
}
