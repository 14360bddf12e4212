//! What a recording holds of a [`Recursor`].

use super::answer::{Answer, Lame, ResolutionError, Said, Step};
use super::config::{Config, Hint};
use super::machine::{Command, Event, Recursor, Resolution, ResolutionId};
use crate::machine::Misuse;
use crate::record;
use crate::seed::Seed;
use crate::trace::Recordable;

record!(struct ResolutionId { 0 });
record!(struct Resolution { id, question });
record!(enum Command { 0 => Resolve(resolution), 1 => Cancel(id) });
record!(enum Event {
    0 => Stepped { id, step }, 1 => Answered { id, answer }, 2 => Failed { id, error }
});
record!(struct Step { depth, question, zone, server, address, said, reply });
record!(enum Said { 0 => Referral(zone), 1 => Alias(name), 2 => Outcome(outcome), 3 => Lame(why), 4 => Trouble(trouble) });
record!(enum Lame { 0 => Upward, 1 => Itself, 2 => Sideways, 3 => Unauthoritative, 4 => OutOfZone });
record!(struct Answer { name, outcome, rrsets, authority });
record!(enum ResolutionError { 0 => Servers { zone, last }, 1 => Exhausted { limit, zone, last } });
record!(struct Config { hints, families, options, limits, idle, lane });
record!(struct Hint { server, address });

impl Recordable for Recursor {
    const KIND: &'static str = "recursor";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        Self::new(seed, config)
    }
}
