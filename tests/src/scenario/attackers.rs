//! Off-path attackers, who forge replies of the first server.

use std::time::Duration;

use nameward_core::seed::Rng;
use nameward_core::wire::{Flags, Message, Question, Rtype};
use nameward_sim::{AttackerConfig, Forgery, Knowledge, Sight, World};

use super::plan::{CLIENT, Plan};
use super::servers::respond;

/// How many forgeries an attacker sends for each query.
const FORGERIES: u32 = 6;

/// Adds the attackers of a plan.
pub(super) fn add(world: &mut World, plan: &Plan) {
    let Some(server) = plan.servers.first() else {
        return;
    };
    for (number, &knows) in plan.attackers.iter().enumerate() {
        let name = format!("attacker {number}");
        let config = AttackerConfig {
            name,
            victim: CLIENT.into(),
            server: server.address(),
            knows,
        };
        world.attacker(config, move |sight, rng| forge(sight, rng, knows));
    }
}

fn forge(sight: &Sight, rng: &mut Rng, knows: Knowledge) -> Vec<Forgery> {
    (0..FORGERIES)
        .map(|number| {
            let port = sight.port.unwrap_or_else(|| rng.next_u16());
            let id = sight.id.unwrap_or_else(|| rng.next_u16());
            let question = sight.question.as_ref().and_then(|rest| question_of(id, rest));
            // Who does not know the question has a name of its own, which it would like to see in a cache.
            let unknown = || Question::new("victim.eXample.".parse().expect("a valid name"), Rtype::A);
            let question = question.unwrap_or_else(unknown);
            let flags = Flags::default().with_qr(true).with_ra(true);
            // A forged truncation is as good as an answer, and garbage with the right ID may end the wait.
            let flags = flags.with_tc(number % 3 == 1);
            let mut data = respond(id, flags, Some(&question), knows.question, 0);
            if number % 3 == 2 {
                data.truncate(data.len() - 1);
            }
            let after = Duration::from_micros(rng.below(40_000).into());
            Forgery {
                after,
                port,
                data: data.into(),
            }
        })
        .collect()
}

fn question_of(id: u16, rest: &[u8]) -> Option<Question> {
    let mut query = id.to_be_bytes().to_vec();
    query.extend_from_slice(rest);
    Message::parse(&query)
        .ok()?
        .question()
        .map(|question| question.to_question())
}
