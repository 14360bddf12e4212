//! Types that consist of names.

use super::record_types;
use crate::wire::name::NameRef;

record_types! {
    /// An authoritative server of a zone (RFC 1035 section 3.3.11).
    Ns<'a> = NS, Compressed {
        /// NSDNAME: the name of the server.
        server: NameRef<'a>,
    }

    /// The canonical name of an alias (RFC 1035 section 3.3.1).
    Cname<'a> = CNAME, Compressed {
        /// CNAME: the name to look up instead.
        target: NameRef<'a>,
    }

    /// A pointer to some other name, as for an address (RFC 1035 section 3.3.12).
    Ptr<'a> = PTR, Compressed {
        /// PTRDNAME: the name pointed to.
        target: NameRef<'a>,
    }

    /// An alias for all that lies below a name (RFC 6672 section 2.1). Its name is never compressed (section 2.5).
    Dname<'a> = DNAME, Lowered {
        /// The name that takes the place of the owner at the end of names below it.
        target: NameRef<'a>,
    }

    /// A pointer from an NSAP address (RFC 1706 section 6).
    NsapPtr<'a> = NSAP_PTR in IN, Kept {
        /// The name pointed to.
        target: NameRef<'a>,
    }

    /// Neighbours in a list of trust anchors (draft-wijngaards-dnsop-trust-history).
    Talink<'a> = TALINK, Kept {
        /// The name before, the root if there is none.
        previous: NameRef<'a>,
        /// The name after, the root if there is none.
        next: NameRef<'a>,
    }
}
