//! Where services are.

use super::field::{CharacterString, Field, ServiceParams};
use super::record_types;
use crate::wire::name::NameRef;

record_types! {
    /// Where a service is (RFC 2782).
    Srv<'a> = SRV in IN, Expanded {
        /// Which to try first: the lower.
        priority: u16,
        /// The share of this one among those of the same priority.
        weight: u16,
        /// The port.
        port: u16,
        /// The host; the root if there is no such service.
        target: NameRef<'a>,
    }

    /// A rule that rewrites names (RFC 3403 section 4.1).
    Naptr<'a> = NAPTR, Expanded {
        /// Which rules to look at first: the lower.
        order: u16,
        /// Which to try first among those of the same order: the lower.
        preference: u16,
        /// What the rule leads to.
        flags: CharacterString<'a>,
        /// What is reached in the end.
        services: CharacterString<'a>,
        /// How the name is rewritten; empty if `replacement` takes its place.
        expression: CharacterString<'a>,
        /// The name that takes its place; the root if `expression` says it.
        replacement: NameRef<'a>,
    }

    /// A URI for a service (RFC 7553 section 4).
    Uri<'a> = URI, None {
        /// Which to try first: the lower.
        priority: u16,
        /// The share of this one among those of the same priority.
        weight: u16,
        /// The URI.
        target: &'a [u8] as Field::Text,
    }

    /// How to reach a service (RFC 9460 section 2).
    Svcb<'a> = SVCB, Kept {
        /// Which to try first: the lower. Zero makes it an alias, and parameters mean nothing then (section 2.4.2).
        priority: u16,
        /// The host or alias; the root for the owner, or, in an alias, if there is no such service.
        target: NameRef<'a>,
        /// The parameters.
        params: ServiceParams<'a>,
    }

    /// How to reach a web server (RFC 9460 section 9).
    Https<'a> = HTTPS, Kept {
        /// Which to try first: the lower. Zero makes it an alias, and parameters mean nothing then (section 2.4.2).
        priority: u16,
        /// The host or alias; the root for the owner, or, in an alias, if there is no such service.
        target: NameRef<'a>,
        /// The parameters.
        params: ServiceParams<'a>,
    }

    /// Servers of a cell of AFS or DCE (RFC 1183 section 1).
    Afsdb<'a> = AFSDB, Expanded {
        /// 1 for AFS, 2 for DCE.
        subtype: u16,
        /// The server.
        host: NameRef<'a>,
    }

    /// A host that exchanges keys for another (RFC 2230 section 3).
    Kx<'a> = KX in IN, Expanded {
        /// Which to try first: the lower.
        preference: u16,
        /// The host.
        exchanger: NameRef<'a>,
    }

    /// A host that routes to another (RFC 1183 section 3.3).
    Rt<'a> = RT, Expanded {
        /// Which to try first: the lower.
        preference: u16,
        /// The host.
        intermediate: NameRef<'a>,
    }

    /// An object in the digital object architecture (draft-durand-doa-over-dns).
    Doa<'a> = DOA, None {
        /// The enterprise that assigns types, by its number in the registry.
        enterprise: u32,
        /// What it is.
        object_type: u32,
        /// Where it is: 1 here, 2 at a URI, 3 at a handle.
        location: u8,
        /// The media type.
        media_type: CharacterString<'a>,
        /// The object, or where it is.
        data: &'a [u8] as Field::HyphenBase64,
    }
}
