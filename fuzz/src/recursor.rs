//! The recursor under any replies, in any order, at any times: each resolution ends once and in its time, it costs no more than its budget,
//! nothing is left afterwards, and the recording replays.

mod reply;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use nameward_core::flow::FlowId;
use nameward_core::limits::Limits;
use nameward_core::machine::{Action, CloseCause, Input, Machine as _, Output, Proto, Wake};
use nameward_core::recursor::{Command, Config, Event, Hint, Recursor, Resolution, ResolutionId};
use nameward_core::seed::Seed;
use nameward_core::time::{Instant, Now};
use nameward_core::trace::{Recorder, Recording};
use nameward_core::transport::framing::Deframer;
use nameward_core::wire::{Question, Rtype};

/// Most steps of one run.
const MOST_STEPS: usize = 200;
/// So many resolutions at most are begun in a run.
const MOST_RESOLUTIONS: u64 = 12;

/// Takes `data` as a configuration and as a list of what happens.
pub fn body(data: &[u8]) {
    let mut source = Unstructured::new(data);
    let Ok(config) = config(&mut source) else {
        return;
    };
    let mut driver = Driver::new(&config);
    for _ in 0..MOST_STEPS {
        if source.is_empty() || driver.step(&mut source).is_err() {
            break;
        }
    }
    driver.finish();
    let recording = driver.machine.take();
    let parsed = Recording::parse(&recording).expect("a recording can be read");
    let mut replay = parsed
        .replay::<Recursor>()
        .expect("the machine can be built again");
    if let Err(error) = replay.run() {
        panic!("{error}");
    }
}

fn config(source: &mut Unstructured<'_>) -> Result<Config> {
    let hint = |last| Hint {
        server: "a.root.".parse().expect("it is a name"),
        address: [192, 0, 2, last].into(),
    };
    let mut config = Config {
        hints: (1..=source.int_in_range(1..=3)?).map(hint).collect(),
        ..Config::default()
    };
    if source.arbitrary()? {
        config.limits.packets = source.int_in_range(1..=20)?;
        config.limits.aliases = source.int_in_range(1..=11)?;
        config.limits.nesting = source.int_in_range(1..=4)?;
    }
    if source.ratio(1, 4)? {
        config.options.proto = Proto::Stream;
    }
    Ok(config)
}

/// What drives the recursor, and keeps accounts of its own.
struct Driver {
    machine: Recorder<Recursor>,
    limits: Limits,
    now: Instant,
    wake: Option<Wake>,
    flows: BTreeMap<FlowId, Flow>,
    /// When each resolution that has no end yet has to have it.
    pending: BTreeMap<ResolutionId, Instant>,
    begun: u64,
    /// Datagrams, and streams that were opened.
    packets: u64,
}

struct Flow {
    proto: Proto,
    deframer: Deframer,
    queries: Vec<Vec<u8>>,
}

impl Driver {
    fn new(config: &Config) -> Self {
        let machine = Recorder::new(Seed::from_number(1), config.clone());
        Self {
            machine: machine.expect("the configuration is valid"),
            limits: config.limits.clone(),
            now: Instant::ZERO,
            wake: None,
            flows: BTreeMap::new(),
            pending: BTreeMap::new(),
            begun: 0,
            packets: 0,
        }
    }

    fn step(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        match source.int_in_range(0..=11)? {
            0 => self.resolve(source)?,
            1 => {
                let id = ResolutionId(source.int_in_range(0..=MOST_RESOLUTIONS)?);
                let expected = self.pending.remove(&id).is_some();
                let cancelled = self.machine.command(self.at(), Command::Cancel(id));
                assert_eq!(cancelled.is_ok(), expected, "{id:?}");
                self.drain();
            }
            2 => self.wait(Duration::from_millis(u64::from(source.arbitrary::<u16>()?) / 16)),
            3 => {
                let Some(flow) = self.flow(source)? else {
                    return Ok(());
                };
                let data: &[u8] = source.arbitrary()?;
                if !data.is_empty() {
                    self.handle(Input::Received { flow, data });
                }
            }
            4 => {
                let Some(flow) = self.flow(source)? else {
                    return Ok(());
                };
                let cause = [CloseCause::Refused, CloseCause::Reset, CloseCause::Descriptors];
                let cause = *source.choose(&cause)?;
                if source.arbitrary()? {
                    self.flows.remove(&flow);
                    self.handle(Input::Closed { flow, cause });
                } else {
                    self.handle(Input::Rejected { flow, cause });
                }
            }
            5 => {
                let Some(flow) = self.flow(source)? else {
                    return Ok(());
                };
                let waiting = self.machine.stream_out(flow).to_vec();
                let count = source.int_in_range(0..=waiting.len())?;
                if let Some(flow) = self.flows.get_mut(&flow) {
                    flow.deframer.push(&waiting[..count]);
                    while let Some(query) = flow.deframer.message() {
                        flow.queries.push(query.to_vec());
                    }
                }
                self.machine.stream_sent(self.at(), flow, count);
                self.drain();
            }
            _ => self.reply(source)?,
        }
        Ok(())
    }

    fn resolve(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        if self.begun == MOST_RESOLUTIONS {
            return Ok(());
        }
        let id = ResolutionId(self.begun);
        self.begun += 1;
        let name = source.choose(&reply::NAMES)?.parse().expect("it is a name");
        let rtype = *source.choose(&[Rtype::A, Rtype::AAAA, Rtype::DS, Rtype::CNAME, Rtype::ANY])?;
        let question = Question::new(name, rtype);
        self.pending.insert(id, self.now.after(self.limits.time));
        let command = Command::Resolve(Resolution { id, question });
        let done = self.machine.command(self.at(), command);
        assert_eq!(done, Ok(()), "there is room for all");
        self.drain();
        Ok(())
    }

    /// A reply to one of the queries.
    fn reply(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let Some(id) = self.flow(source)? else {
            return Ok(());
        };
        let Some(flow) = self.flows.get(&id).filter(|flow| !flow.queries.is_empty()) else {
            return Ok(());
        };
        let query = source.choose(&flow.queries)?;
        let mut message = reply::reply(source, query)?;
        if flow.proto == Proto::Stream {
            let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
            message.truncate(length.into());
            message.splice(0..0, length.to_be_bytes());
        }
        self.handle(Input::Received {
            flow: id,
            data: &message,
        });
        Ok(())
    }

    fn flow(&self, source: &mut Unstructured<'_>) -> Result<Option<FlowId>> {
        if self.flows.is_empty() {
            return Ok(None);
        }
        let index = source.choose_index(self.flows.len())?;
        Ok(self.flows.keys().nth(index).copied())
    }

    fn at(&self) -> Now {
        Now::without_wall(self.now)
    }

    fn handle(&mut self, input: Input<'_>) {
        self.machine.handle(self.at(), input);
        self.drain();
    }

    /// Lets time pass, with all ticks that are due meanwhile.
    fn wait(&mut self, time: Duration) {
        let until = self.now.after(time);
        while let Some(wake) = self.wake.filter(|wake| wake.at <= until) {
            self.now = self.now.max(wake.at);
            self.handle(Input::Tick);
            assert!(
                self.wake.is_none_or(|next| next.at > self.now),
                "a deadline that does not lie ahead"
            );
        }
        self.now = until;
    }

    fn drain(&mut self) {
        loop {
            match self.machine.poll() {
                Output::Do(action) => self.act(action),
                Output::Event(Event::Stepped { id, .. }) => assert!(self.pending.contains_key(&id)),
                Output::Event(Event::Answered { id, .. } | Event::Failed { id, .. }) => {
                    let deadline = self.pending.remove(&id).expect("it ends once");
                    assert!(self.now <= deadline, "{id:?} ends too late");
                }
                Output::Ignored { .. } => {}
                Output::Idle(wake) => {
                    self.wake = wake;
                    break;
                }
            }
        }
        // Not more than all of them may cost together, for nobody says whose a packet is.
        assert!(self.packets <= self.begun * u64::from(self.limits.packets));
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open { flow, proto, .. } => {
                self.packets += u64::from(proto == Proto::Stream);
                let opened = Flow {
                    proto,
                    deframer: Deframer::new(),
                    queries: Vec::new(),
                };
                assert!(
                    self.flows.insert(flow, opened).is_none(),
                    "{flow:?} is open already"
                );
            }
            Action::Send { flow, data } => {
                self.packets += 1;
                let flow = self
                    .flows
                    .get_mut(&flow)
                    .expect("it sends on flows that are open");
                flow.queries.push(data.to_vec());
            }
            Action::Close { flow } => {
                assert!(self.flows.remove(&flow).is_some(), "{flow:?} is not open");
            }
            _ => {}
        }
    }

    /// Waits until all must be over, and checks that it is.
    fn finish(&mut self) {
        self.wait(self.limits.time);
        assert_eq!(
            self.pending.keys().copied().collect::<BTreeSet<_>>(),
            BTreeSet::new(),
            "no end"
        );
        self.wait(Duration::from_secs(120));
        assert_eq!(self.wake, None, "nothing is asked, and something is waited for");
        let recursor = self.machine.machine();
        let left = (recursor.in_progress(), recursor.open_flows(), self.flows.len());
        assert_eq!(left, (0, 0, 0));
    }
}
