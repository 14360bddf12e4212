//! EDNS: what the OPT record of a message says (RFC 6891).
//!
//! The OPT record is a property of the message: [`Message::opt`] gives it, [`MessageWriter::opt`] writes it, and its options
//! are kept as octets and in order, so that one which nobody here knows survives. This module knows what is in them:
//!
//! * each option that is registered with a published format is a typed view, and a builder of the same; what is known about
//!   it is one declaration in `types`. An option of one's own is another implementation of [`OptionType`].
//! * an OPT record and its options display as `dig` prints them ([`OptText`], [`OptionText`]).
//! * what breaks the protocol is a [`Violation`], with the response code that a server owes.
//!
//! [`Message::opt`]: crate::wire::Message::opt
//! [`MessageWriter::opt`]: crate::wire::MessageWriter::opt
//!
//! ```
//! use bytes::BytesMut;
//! use nameward_core::edns::{ClientSubnet, Nsid};
//! use nameward_core::wire::{Flags, Message, MessageWriter, Opt};
//!
//! let mut opt = Opt { dnssec_ok: true, ..Opt::default() };
//! opt.options.add(&Nsid { identifier: b"" });
//! opt.options.add(&ClientSubnet::of("192.0.2.0".parse().unwrap(), 24, &mut [0; 16]).unwrap());
//!
//! let mut out = BytesMut::new();
//! let mut writer = MessageWriter::new(&mut out, 512, 1, Flags::default());
//! writer.opt(&opt).unwrap();
//! writer.finish();
//!
//! let opt = Message::parse(&out).unwrap().opt().unwrap();
//! let subnet: ClientSubnet = opt.options().first().unwrap().unwrap();
//! assert_eq!(subnet.prefix(), Some(("192.0.2.0".parse().unwrap(), 24)));
//! assert_eq!(
//!     opt.text().to_string(),
//!     "; EDNS: version: 0, flags: do; udp: 1232\n; NSID:\n; CLIENT-SUBNET: 192.0.2.0/24/0\n"
//! );
//! ```

mod client_subnet;
mod cookie;
mod extended_error;
mod option;
mod padding;
mod schema;
mod text;
mod types;
mod violation;
mod zone_version;

#[cfg(test)]
mod tests;

pub use extended_error::InfoCode;
pub use option::{OptionError, OptionErrorKind, OptionType};
pub use schema::{KeyTags, OptionSchema};
pub use text::{OptText, OptionText};
pub use types::{
    Chain, ClientSubnet, ClientTag, Cookie, Dau, Dhu, Expire, ExtendedError, KeyTag, Llq, N3u, Nsid, Padding,
    ReportChannel, ServerTag, TcpKeepalive, UpdateLease, ZoneVersion,
};
pub use violation::{Refusal, Violation, ViolationKind, Violations, violations};
pub use zone_version::Version;

/// The version of EDNS that is spoken here, which is the only one there is (RFC 6891 section 6.1.3).
pub const VERSION: u8 = 0;
