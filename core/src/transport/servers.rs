//! What is remembered about servers: cookies, and which of their habits cost less when one knows them.
//!
//! Whoever can forge one reply must not be able to teach anything (CVE-2026-52690). So a habit is believed after two
//! observations that agree and that nobody off the path can have made: each came over a stream, or with our cookie. It is
//! believed for a quarter of an hour, and one observation to the contrary ends it at once.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use smallvec::SmallVec;

use crate::planted::planted;
use crate::seed::Rng;
use crate::time::Instant;

/// How many servers are remembered. Beyond them the one that was asked longest ago is forgotten.
const MOST_SERVERS: usize = 1024;

/// How long an observation counts.
const OBSERVED_FOR: Duration = Duration::from_secs(15 * 60);

/// How many observations must agree.
const ENOUGH: u8 = 2;

/// All that is remembered about servers, by address: the same host has another path, and so other habits, in another family.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    known: BTreeMap<SocketAddr, Server>,
    /// Who was asked when, in the order of the numbers that `asked` counts.
    by_use: BTreeMap<u64, SocketAddr>,
    asked: u64,
}

/// What is remembered about one server.
#[derive(Debug)]
pub(crate) struct Server {
    last_asked: u64,
    /// Our cookie for this server (RFC 7873 section 4.1). It is drawn, not computed: nobody else can know it, and it is a
    /// new one in another network.
    client_cookie: [u8; 8],
    /// What the server gave for it: from 8 to 32 octets, or none yet.
    server_cookie: SmallVec<[u8; 16]>,
    plain: Habit,
    large_replies_get_lost: Habit,
    folds_case: Habit,
}

/// Something that a server does or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// It answers queries without EDNS only.
    Plain,
    /// Of its datagrams those of 512 octets at most arrive.
    LargeRepliesGetLost,
    /// It does not repeat the letter case of a question.
    FoldsCase,
}

#[derive(Clone, Copy, Debug, Default)]
struct Habit {
    observations: u8,
    last: Instant,
}

impl Habit {
    fn observe(&mut self, now: Instant, seen: bool) {
        if !seen {
            *self = Self::default();
            return;
        }
        if now.since(self.last) >= OBSERVED_FOR {
            self.observations = 0;
        }
        self.observations = self.observations.saturating_add(1);
        self.last = now;
    }

    fn holds(&self, now: Instant) -> bool {
        let enough = if planted!(LearntFromOneReply) { 1 } else { ENOUGH };
        self.observations >= enough && now.since(self.last) < OBSERVED_FOR
    }
}

impl Servers {
    /// The server that is about to be asked.
    pub(crate) fn asked(&mut self, rng: &mut Rng, address: SocketAddr) -> &mut Server {
        let last_asked = self.known.get(&address).map(|server| server.last_asked);
        // Who is asked again at once stays the last one.
        if last_asked.is_none_or(|last| last.wrapping_add(1) != self.asked) {
            self.used(last_asked, address);
        }
        let server = self.known.entry(address).or_insert_with(|| Server::new(rng));
        server.last_asked = self.asked.wrapping_sub(1);
        server
    }

    /// Puts a server last in the order of use. If it is new, the first makes room for it.
    fn used(&mut self, before: Option<u64>, address: SocketAddr) {
        if let Some(before) = before {
            self.by_use.remove(&before);
        } else if self.known.len() >= MOST_SERVERS
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.known.remove(&oldest);
        }
        self.by_use.insert(self.asked, address);
        self.asked = self.asked.wrapping_add(1);
    }

    /// What is remembered about a server, if it was asked.
    pub(crate) fn get_mut(&mut self, address: SocketAddr) -> Option<&mut Server> {
        self.known.get_mut(&address)
    }

    /// Forgets everything: in another network the same address may be another server, and must not recognise us.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.by_use.clear();
    }
}

impl Server {
    fn new(rng: &mut Rng) -> Self {
        let mut client_cookie = [0; 8];
        rng.fill(&mut client_cookie);
        Self {
            last_asked: 0,
            client_cookie,
            server_cookie: SmallVec::new(),
            plain: Habit::default(),
            large_replies_get_lost: Habit::default(),
            folds_case: Habit::default(),
        }
    }

    /// Our cookie for it.
    pub(crate) const fn client_cookie(&self) -> [u8; 8] {
        self.client_cookie
    }

    /// Its cookie for us, empty if it gave none.
    pub(crate) fn server_cookie(&self) -> &[u8] {
        &self.server_cookie
    }

    /// It gave us a cookie, or, over a stream, it gave none: then it does not use them any more.
    pub(crate) fn gave_cookie(&mut self, cookie: &[u8]) {
        self.server_cookie.clear();
        self.server_cookie.extend_from_slice(cookie);
    }

    /// Takes an observation that nobody off the path can have made.
    pub(crate) fn observe(&mut self, now: Instant, quirk: Quirk, seen: bool) {
        self.habit(quirk).observe(now, seen);
    }

    /// Whether it is known to do that.
    pub(crate) fn is_known_for(&mut self, now: Instant, quirk: Quirk) -> bool {
        self.habit(quirk).holds(now)
    }

    const fn habit(&mut self, quirk: Quirk) -> &mut Habit {
        match quirk {
            Quirk::Plain => &mut self.plain,
            Quirk::LargeRepliesGetLost => &mut self.large_replies_get_lost,
            Quirk::FoldsCase => &mut self.folds_case,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn address(number: u32) -> SocketAddr {
        (core::net::Ipv4Addr::from(number), 53).into()
    }

    const fn minute(number: u64) -> Instant {
        Instant::from_nanos(number * 60_000_000_000)
    }

    #[test]
    fn a_habit_takes_two_observations_that_agree_and_is_believed_for_a_quarter_of_an_hour() {
        let mut server = Server::new(&mut Rng::new(&Seed::from_number(1)));
        for quirk in [Quirk::Plain, Quirk::LargeRepliesGetLost, Quirk::FoldsCase] {
            server.observe(minute(1), quirk, true);
            assert!(!server.is_known_for(minute(1), quirk), "one observation is none");
            server.observe(minute(2), quirk, false);
            server.observe(minute(3), quirk, true);
            assert!(!server.is_known_for(minute(3), quirk), "they do not agree");
            server.observe(minute(4), quirk, true);
            assert!(server.is_known_for(minute(4), quirk));
            assert!(server.is_known_for(minute(18), quirk));
            assert!(!server.is_known_for(minute(19), quirk), "it is over");
            server.observe(minute(19), quirk, true);
            assert!(
                !server.is_known_for(minute(19), quirk),
                "what is over does not count"
            );
        }
    }

    #[test]
    fn cookies_are_one_for_each_server_and_new_ones_in_another_network() {
        let mut rng = Rng::new(&Seed::from_number(1));
        let mut servers = Servers::default();
        let first = servers.asked(&mut rng, address(1)).client_cookie();
        let second = servers.asked(&mut rng, address(2)).client_cookie();
        assert_ne!(first, second);
        assert_eq!(servers.asked(&mut rng, address(1)).client_cookie(), first);
        servers.forget();
        assert_ne!(servers.asked(&mut rng, address(1)).client_cookie(), first);
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let mut rng = Rng::new(&Seed::from_number(1));
        let mut servers = Servers::default();
        let kept = servers.asked(&mut rng, address(0)).client_cookie();
        for number in 1..5_000 {
            servers.asked(&mut rng, address(number));
            assert_eq!(servers.asked(&mut rng, address(0)).client_cookie(), kept);
        }
        assert_eq!(
            (servers.known.len(), servers.by_use.len()),
            (MOST_SERVERS, MOST_SERVERS)
        );
        assert!(servers.get_mut(address(4_999)).is_some());
        assert!(servers.get_mut(address(1)).is_none());
    }
}
