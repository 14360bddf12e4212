//! A machine under a poll of mio's.

use std::error::Error;

use nameward_core::client::{Command, Event, Lookup, LookupId, LookupOptions, Query, Stub};
use nameward_driver::config::{self, Occurrence};
use nameward_mio::Blocking;

use super::{Question, Tallied, Tally, is_answer};

/// Looks the questions up, so many at a time. Says how many had an answer.
pub(super) fn look_up(
    stub: Tallied<Stub>,
    questions: Vec<Question>,
    at_once: usize,
) -> Result<(usize, Tally), Box<dyn Error>> {
    let mut driver = Blocking::new(stub, config::Config::default())?;
    let mut commands =
        (0..)
            .zip(questions)
            .map(|(number, (name, rtype))| -> Result<Command, Box<dyn Error>> {
                Ok(Command::Lookup(Lookup {
                    id: LookupId(number),
                    query: Query::records(&name, rtype)?,
                    options: LookupOptions::default(),
                }))
            });
    let mut under_way = 0;
    for command in commands.by_ref().take(at_once) {
        driver.command(command?)?;
        under_way += 1;
    }
    let mut answered = 0;
    while under_way > 0 {
        let outcome = match driver.next_occurrence()? {
            Occurrence::Event(Event::Answered { answer, .. }) => Ok(answer),
            Occurrence::Event(Event::Failed { error, .. }) => Err(error),
            Occurrence::Detached { .. } => continue,
        };
        answered += usize::from(is_answer(&outcome));
        match commands.next() {
            Some(command) => driver.command(command?)?,
            None => under_way -= 1,
        }
    }
    Ok((answered, driver.shutdown()?.into_tally()))
}
