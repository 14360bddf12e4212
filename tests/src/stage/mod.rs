//! One scenario on every runtime and in the simulator.
//!
//! A scenario is a function over a [`Stage`]: it lets machines enter, gives commands, and waits for events. Since it waits, and
//! only then goes on, every machine and its peer run in lock step; [`assert_parity!`](crate::assert_parity) plays the same
//! scenario everywhere and requires equal [logs](crate::parity::Log).

pub mod async_std;
pub mod mio;
pub mod simulated;
pub mod tokio;

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nameward_core::flow::ListenerId;
use nameward_core::machine::Proto;
use nameward_core::trace::Recordable;

pub use self::async_std::OnAsyncStd;
pub use self::mio::OnMio;
pub use self::simulated::Simulated;
pub use self::tokio::OnTokio;

/// A machine that can enter any stage.
pub trait Actor: Recordable<Event: Clone + Send, Command: Clone + Send> + Send + 'static {}
impl<M: Recordable<Event: Clone + Send, Command: Clone + Send> + Send + 'static> Actor for M {}

/// What an actor needs besides its configuration.
#[derive(Clone, Debug, Default)]
pub struct Props {
    /// The number of the actor's seed.
    pub seed: u64,
    /// Where it listens: at an address and a port of the stage's choice.
    pub listeners: Vec<(ListenerId, Proto)>,
}

/// Where machines run.
pub trait Stage {
    /// An actor on this stage. It is recorded.
    type Host<M: Actor>;

    /// Builds a machine and starts it.
    fn enter<M: Actor>(&mut self, props: &Props, config: M::Config) -> Self::Host<M>;

    /// Where an actor listens.
    fn address<M: Actor>(&self, host: &Self::Host<M>, listener: ListenerId) -> SocketAddr;

    /// Gives an actor a command.
    fn command<M: Actor>(&mut self, host: &mut Self::Host<M>, command: M::Command);

    /// Tells an actor that it moved to another network.
    fn change_network<M: Actor>(&mut self, host: &mut Self::Host<M>);

    /// The next `count` events of an actor, waited for. All actors go on meanwhile.
    fn events<M: Actor>(&mut self, host: &mut Self::Host<M>, count: usize) -> Vec<M::Event>;

    /// Ends an actor, and returns what was recorded.
    fn leave<M: Actor>(&mut self, host: Self::Host<M>) -> Vec<u8>;
}

/// Nothing that a scenario waits for takes as long, on however slow a machine. It only ends a test that hangs.
const HANGS: Duration = Duration::from_secs(60);

/// A directory of its own for the stored objects of an actor. It goes when it is dropped.
#[derive(Debug)]
struct StoreDirectory(PathBuf);

impl StoreDirectory {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nameward-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a temporary directory can be made");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for StoreDirectory {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Plays a scenario, a generic function over [`Stage`], in the simulator, on tokio, on async-std and on mio, and requires that it returns
/// the same everywhere. The value is what it returned.
#[macro_export]
macro_rules! assert_parity {
    ($scenario:ident) => {{
        let simulated = $scenario(&mut $crate::stage::Simulated::new(1));
        let on_tokio = $scenario(&mut $crate::stage::OnTokio::new());
        $crate::stage::assert_same("tokio", &on_tokio, &simulated);
        let on_async_std = $scenario(&mut $crate::stage::OnAsyncStd::new());
        $crate::stage::assert_same("async-std", &on_async_std, &simulated);
        let on_mio = $scenario(&mut $crate::stage::OnMio::new());
        $crate::stage::assert_same("mio", &on_mio, &simulated);
        simulated
    }};
}

/// Requires that a runtime gave what the simulator gave.
///
/// # Panics
///
/// It did not. The message shows the first lines that differ.
pub fn assert_same<T: PartialEq + Debug>(runtime: &str, real: &T, simulated: &T) {
    if real == simulated {
        return;
    }
    let (real, simulated) = (format!("{real:#?}"), format!("{simulated:#?}"));
    let (mut real, mut simulated) = (real.lines(), simulated.lines());
    let mut same = Vec::new();
    loop {
        match (real.next(), simulated.next()) {
            (Some(a), Some(b)) if a == b => same.push(a),
            (a, b) => {
                let same = same[same.len().saturating_sub(12)..].join("\n");
                panic!(
                    "{same}\n{runtime}:\n{}\nsimulator:\n{}",
                    a.unwrap_or_default(),
                    b.unwrap_or_default()
                );
            }
        }
    }
}
