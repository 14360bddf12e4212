//! Resolving a name from the root of the name space down (RFC 1034 section 5.3.3): the recursor.
//!
//! [`Recursor`] is the machine. A *resolution* is what somebody asked of it. It goes down from the servers of the root, from zone
//! cut to zone cut, until a server that is responsible for the name has answered; where an alias leads elsewhere, it begins again at the
//! root with the other name. Each reply that was read is a [`Step`], which comes out as an event.
//!
//! # What is believed
//!
//! A server is believed about names in the zone that it was asked for, and about nothing else:
//!
//! * A referral leads strictly down: its NS records belong to a name below the zone and at or above the name that is asked about. One that
//!   leads up, sideways or to where we are comes from a lame server, and the next one is asked.
//! * Addresses that come with a referral are taken if they belong to the servers that it names, and to names in the zone of the server
//!   that says so. They serve to reach these servers and are given to nobody.
//! * An answer, an alias and a denial are taken if they are authoritative, and as far as they are about names in the zone.
//!
//! # What it costs
//!
//! Everything is paid from the [`Budget`](crate::budget::Budget) of the question. The address of a server that came without one is a
//! question of its own, which gets half of what is left; it is asked when all servers with addresses were tried once, one such question
//! at a time, and when five names of servers led nowhere no more are looked up. These questions are nested at most
//! [`Limits::nesting`](crate::limits::Limits::nesting) deep, and none waits for itself. So what a delegation with many names of servers
//! costs (NXNSAttack, CVE-2020-12662) is what any question costs.
//!
//! There is no cache, no QNAME minimisation and no validation.

mod answer;
mod config;
mod delegation;
mod machine;
mod reading;
mod record;
mod walk;

pub use answer::{Answer, Lame, ResolutionError, Said, Step};
pub use config::{Config, Hint};
pub use machine::{Command, Event, Recursor, Resolution, ResolutionId};

#[cfg(test)]
mod tests;
