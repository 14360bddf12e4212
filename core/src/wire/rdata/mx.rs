//! Mail.

use super::record_types;
use crate::wire::name::NameRef;

record_types! {
    /// A host that takes the mail of a domain (RFC 1035 section 3.3.9).
    Mx<'a> = MX, Compressed {
        /// Which to try first: the lower.
        preference: u16,
        /// The host; the root if the domain takes no mail (RFC 7505).
        exchange: NameRef<'a>,
    }
}
