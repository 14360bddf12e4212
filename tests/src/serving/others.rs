//! The servers that are asked what no zone has.

use std::time::Duration;

use nameward_core::time::Instant;
use nameward_sim::canned::Said;
use nameward_sim::{Canned, HostConfig, World};

use super::layers::other_says;
use super::plan::{Habit, OtherPlan, Plan};

/// Adds them to the world.
pub(super) fn add(world: &mut World, plan: &Plan) {
    for &OtherPlan {
        number,
        habit,
        thinks,
    } in &plan.layers.others
    {
        let address = OtherPlan {
            number,
            habit,
            thinks,
        }
        .address();
        let place = HostConfig::server(&format!("other {number}"), address.ip(), address.port());
        let canned = Canned::new().thinking(thinks).says(move |asked| {
            Some(match habit {
                Habit::Silent => Said {
                    silent: true,
                    ..Said::default()
                },
                _ => other_says(number, habit, &asked.question).into_said(),
            })
        });
        let host = world.canned(place, canned);
        if habit == Habit::Restarting {
            let at = |seconds| Instant::ZERO.after(Duration::from_secs(seconds));
            world.at(at(1), move |world| world.crash(host));
            world.at(at(4), move |world| world.restart(host));
        }
    }
}
