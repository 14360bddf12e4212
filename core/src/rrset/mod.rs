//! RRsets: all records of one owner, class and type, which DNS treats as one (RFC 2181 section 5).
//!
//! * [`Rrset`] is one that stands alone, with all RDATA in one piece of memory and no record twice.
//! * [`SectionRrsets`] shows the RRsets in a section of a message, each with the signatures that cover it, without copying.
//! * [`TtlRule`] says what becomes of TTLs that differ.
//! * The canonical form and order of RFC 4034 section 6 are methods here: of [`Rrset`], [`Record`](crate::wire::Record)
//!   and [`Rdata`](crate::wire::Rdata). That of names is the order of [`Name`](crate::wire::Name).
//!
//! ```
//! use bytes::BytesMut;
//! use nameward_core::rrset::{Rrset, TtlRule};
//! use nameward_core::wire::{A, Class, Flags, Message, MessageWriter, Name, Rtype, Section};
//!
//! let owner: Name = "www.example.".parse().unwrap();
//! let addresses = [[192, 0, 2, 7], [192, 0, 2, 1], [192, 0, 2, 7]].map(|octets| A { address: octets.into() }.to_rdata());
//! let set = Rrset::new(owner.clone(), Rtype::A, Class::IN, 300, addresses).unwrap();
//! assert_eq!(set.len(), 2);
//!
//! let mut out = BytesMut::new();
//! let mut writer = MessageWriter::new(&mut out, 512, 1, Flags::default());
//! set.write(&mut writer, Section::Answer).unwrap();
//! writer.finish();
//!
//! let message = Message::parse(&out).unwrap();
//! let answer = message.rrsets(Section::Answer);
//! let found = answer.get(&owner, Class::IN, Rtype::A).unwrap();
//! assert_eq!(found.to_rrset(TtlRule::Strict).unwrap(), set);
//! ```

mod canonical;
mod section;
mod set;
mod trace;
mod ttl;

#[cfg(test)]
mod tests;

pub use section::{RrsetRef, SectionRrsets};
pub use set::{Rrset, RrsetError};
pub use ttl::{SetTtl, TtlRule};
