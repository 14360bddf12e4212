//! What a server was asked.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::SocketAddr;

use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::wire::{Question, Rtype};

/// One question that reached a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When, in the world's time.
    pub at: Instant,
    /// Who asked; of a stream, the other end.
    pub from: SocketAddr,
    /// How it came.
    pub proto: Proto,
    /// The message ID.
    pub id: u16,
    /// The question, in the case in which it was asked.
    pub question: Question,
    /// RD: the server may ask others.
    pub recursion_desired: bool,
    /// What the OPT record said, if there was one.
    pub edns: Option<AskedEdns>,
}

/// What the OPT record of a query said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedEdns {
    /// The version.
    pub version: u8,
    /// The largest datagram that the client takes, in octets, as it says.
    pub udp_payload: u16,
    /// DO.
    pub dnssec_ok: bool,
    /// The cookie.
    pub cookie: AskedCookie,
    /// Whether it was asked for how long streams are kept (RFC 7828 section 3.2.1).
    pub keepalive: bool,
}

/// The cookie of a query (RFC 7873 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AskedCookie {
    /// There was none.
    None,
    /// One of the client alone.
    OfClient([u8; 8]),
    /// One of the client with one of the server.
    OfBoth {
        /// The client's.
        client: [u8; 8],
        /// Whether the server's is one that this server made for this client, and not too old.
        is_valid: bool,
    },
}

/// What a server was asked, in order. A clone is the same log.
#[derive(Clone, Debug, Default)]
pub struct Log(Rc<RefCell<Vec<Asked>>>);

impl Log {
    /// All questions.
    pub fn all(&self) -> Vec<Asked> {
        self.0.borrow().clone()
    }

    /// The questions about a name, in whichever case.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    pub fn of(&self, name: &str) -> Vec<Asked> {
        let name = super::zone::name(name);
        let asked = self.0.borrow();
        asked
            .iter()
            .filter(|asked| asked.question.name == name)
            .cloned()
            .collect()
    }

    /// How often this was asked.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    pub fn count(&self, name: &str, rtype: Rtype) -> usize {
        self.of(name)
            .iter()
            .filter(|asked| asked.question.rtype == rtype)
            .count()
    }

    pub(super) fn add(&self, asked: Asked) {
        self.0.borrow_mut().push(asked);
    }
}
