//! Resolvers on each runtime, recorded.

use std::fmt::Debug;

use nameward_core::client::{Answer, Config, Query, Stub};
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_driver::config;
use nameward_driver::resolver::ResolveError;
use nameward_driver::task::Resolver;

use crate::kit::adapter::PATIENCE;

/// What came of it, and what was recorded until the resolver was dropped and its driver had ended.
pub type Recorded<T> = (T, Vec<u8>);

fn recorder(config: Config) -> Recorder<Stub> {
    Recorder::new(Seed::from_number(7), config).expect("the configuration is valid")
}

/// Works with a resolver on tokio.
///
/// # Panics
///
/// The work panics, or hangs.
pub fn on_tokio<T>(config: Config, work: impl AsyncFnOnce(&Resolver) -> T) -> Recorded<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let (resolver, driver) =
            nameward_tokio::Resolver::drive(recorder(config), config::Config::default()).expect("it starts");
        let driver = tokio::spawn(driver.run());
        let done = tokio::time::timeout(PATIENCE, work(&resolver)).await;
        drop(resolver);
        let mut recorder = driver.await.expect("the driver does not panic");
        (done.expect("the work is done in time"), recorder.take())
    })
}

/// Works with a resolver on async-std.
///
/// # Panics
///
/// The work panics, or hangs.
pub fn on_async_std<T>(config: Config, work: impl AsyncFnOnce(&Resolver) -> T) -> Recorded<T> {
    async_std::task::block_on(async {
        let (resolver, driver) =
            nameward_async_std::Resolver::drive(recorder(config), config::Config::default())
                .expect("it starts");
        let driver = async_std::task::spawn(driver.run());
        let done = async_std::future::timeout(PATIENCE, work(&resolver)).await;
        drop(resolver);
        let mut recorder = driver.await;
        (done.expect("the work is done in time"), recorder.take())
    })
}

/// Works with a resolver on smol's executor, without async-std's.
///
/// # Panics
///
/// The work panics, or hangs.
pub fn on_smol<T>(config: Config, work: impl AsyncFnOnce(&Resolver) -> T) -> Recorded<T> {
    let executor = async_executor::Executor::new();
    futures_lite::future::block_on(executor.run(async {
        let (resolver, driver) =
            nameward_async_std::Resolver::drive(recorder(config), config::Config::default())
                .expect("it starts");
        let driver = executor.spawn(driver.run());
        let hangs = async {
            async_io::Timer::after(PATIENCE).await;
            panic!("the work is done in time")
        };
        let done = futures_lite::future::or(work(&resolver), hangs).await;
        drop(resolver);
        (done, driver.await.take())
    }))
}

/// Works with a resolver that blocks, on mio.
pub fn on_mio<T>(
    config: Config,
    work: impl FnOnce(&mut nameward_mio::Resolver<Recorder<Stub>>) -> T,
) -> Recorded<T> {
    let mut resolver =
        nameward_mio::Resolver::drive(recorder(config), config::Config::default()).expect("it starts");
    let done = work(&mut resolver);
    (done, resolver.into_machine().take())
}

/// Works with a resolver on each runtime that has futures. The results are equal.
pub fn on_each<T: PartialEq + Debug>(
    config: &Config,
    work: impl AsyncFn(&Resolver) -> T,
) -> [Recorded<T>; 3] {
    let all = [
        on_tokio(config.clone(), async |resolver| work(resolver).await),
        on_async_std(config.clone(), async |resolver| work(resolver).await),
        on_smol(config.clone(), async |resolver| work(resolver).await),
    ];
    assert!(
        all.iter().all(|(result, _)| *result == all[0].0),
        "{:?}",
        all.each_ref().map(|(result, _)| result)
    );
    all
}

/// What becomes of queries that are put one after the other.
pub type Outcomes = Vec<Result<Answer, ResolveError>>;

/// Asks everywhere: the runtime's name, and what became of the queries there.
pub fn ask_everywhere(config: &Config, queries: &[Query]) -> [(&'static str, Recorded<Outcomes>); 4] {
    let asked = async |resolver: &Resolver| {
        let mut outcomes = Vec::new();
        for query in queries {
            outcomes.push(resolver.lookup(query.clone()).await);
        }
        outcomes
    };
    let blocking = |resolver: &mut nameward_mio::Resolver<_>| {
        queries
            .iter()
            .map(|query| resolver.lookup(query.clone()))
            .collect()
    };
    [
        ("tokio", on_tokio(config.clone(), asked)),
        ("async-std", on_async_std(config.clone(), asked)),
        ("smol", on_smol(config.clone(), asked)),
        ("mio", on_mio(config.clone(), blocking)),
    ]
}
