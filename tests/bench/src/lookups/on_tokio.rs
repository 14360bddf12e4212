//! The resolver of tokio, on one thread.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use nameward_core::client::Stub;
use nameward_driver::config;
use nameward_tokio::Resolver;

use super::{Question, Tallied, Tally, is_answer};

/// Looks the questions up by so many tasks, each of which takes the next question when it has its answer. Says how many had one.
pub(super) fn look_up(
    stub: Tallied<Stub>,
    questions: Vec<Question>,
    at_once: usize,
) -> Result<(usize, Tally), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (resolver, driver) = Resolver::drive(stub, config::Config::default())?;
        let driver = tokio::spawn(driver.run());
        let questions = Arc::new(Mutex::new(questions.into_iter()));
        let askers: Vec<_> = (0..at_once)
            .map(|_| {
                let (resolver, questions) = (resolver.clone(), Arc::clone(&questions));
                tokio::spawn(async move {
                    let next = || questions.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let mut answered = 0;
                    while let Some((name, rtype)) = next() {
                        answered += usize::from(is_answer(&resolver.records(&name, rtype).await));
                    }
                    answered
                })
            })
            .collect();
        let mut answered = 0;
        for asker in askers {
            answered += asker.await?;
        }
        resolver.shutdown().await;
        Ok((answered, driver.await?.into_tally()))
    })
}
