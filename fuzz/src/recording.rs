//! Recordings: whatever the octets are, reading and replaying them ends, without a panic and in bounded memory.

use allocation_counter::measure;
use nameward_core::trace::{Recording, Replay, ReplayError};
use nameward_core::transport::Requester;

/// Takes `data` as a recording, and as the entries of one whose checks are in order.
pub fn body(data: &[u8]) {
    for recording in [data.to_vec(), sealed(data)] {
        let memory = measure(|| read(&recording)).bytes_max;
        // A question takes less than two hundred octets in the recording; in memory it has a budget, an exchange and a stream.
        let most = 64 * 1024 + 256 * recording.len() as u64;
        assert!(memory <= most, "{memory} octets for {}", recording.len());
    }
}

fn read(bytes: &[u8]) {
    let recording = match Recording::parse(bytes) {
        Ok(recording) => recording,
        Err(error) => return assert!(error.offset <= bytes.len() as u64, "{error}"),
    };
    let lines = recording.lines::<Requester>();
    let (mut numbers, mut damaged) = (1.., false);
    for line in lines {
        assert!(!damaged, "something follows an error");
        match line {
            Ok(entry) => {
                assert_eq!(Some(entry.number), numbers.next());
                assert!(!entry.to_string().is_empty());
            }
            Err(error) => {
                assert!(error.offset <= bytes.len() as u64, "{error}");
                damaged = true;
            }
        }
    }
    let mut calls = recording.calls::<Requester>();
    while let Some(Ok(_)) = calls.next() {}
    match recording.replay::<Requester>() {
        Ok(mut replay) => drop(run(&mut replay)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn run(replay: &mut Replay<'_, Requester>) -> Result<u64, ReplayError> {
    let result = replay.run();
    if let Err(error) = &result {
        assert!(!error.to_string().is_empty());
        assert_eq!(replay.run(), Ok(0), "a replay goes on after its end");
    }
    result
}

/// The entries, each of them a kind, two octets of length and a body, framed and checked as the documentation of the format says.
fn sealed(mut entries: &[u8]) -> Vec<u8> {
    let mut bytes = b"nameward\x00\x01".to_vec();
    let mut check = Check::default();
    check.add(&bytes);
    while let [kind, high, low, rest @ ..] = entries {
        let length = rest.len().min(usize::from(u16::from_be_bytes([*high, *low])));
        let (body, after) = rest.split_at(length);
        let start = bytes.len();
        bytes.push(*kind);
        bytes.extend((length as u64).to_be_bytes());
        bytes.extend(body);
        check.add(&bytes[start..]);
        bytes.extend(check.0.to_be_bytes());
        entries = after;
    }
    bytes
}

/// FNV-1a of 32 bits (RFC 9923).
struct Check(u32);

impl Default for Check {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Check {
    fn add(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.0 = (self.0 ^ u32::from(octet)).wrapping_mul(0x0100_0193);
        }
    }
}
