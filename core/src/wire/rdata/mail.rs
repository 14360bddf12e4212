//! Mail, and people.

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

    /// A host that takes mail, obsolete (RFC 1035 section 3.3.4).
    Md<'a> = MD, Compressed {
        /// MADNAME: the host.
        host: NameRef<'a>,
    }

    /// A host that forwards mail, obsolete (RFC 1035 section 3.3.5).
    Mf<'a> = MF, Compressed {
        /// MADNAME: the host.
        host: NameRef<'a>,
    }

    /// The host of a mailbox, experimental (RFC 1035 section 3.3.3).
    Mb<'a> = MB, Compressed {
        /// MADNAME: the host.
        host: NameRef<'a>,
    }

    /// A member of a mail group, experimental (RFC 1035 section 3.3.6).
    Mg<'a> = MG, Compressed {
        /// MGMNAME: the mailbox of the member.
        member: NameRef<'a>,
    }

    /// The new name of a mailbox, experimental (RFC 1035 section 3.3.8).
    Mr<'a> = MR, Compressed {
        /// NEWNAME: the mailbox that takes its place.
        mailbox: NameRef<'a>,
    }

    /// Who answers for a mailing list, experimental (RFC 1035 section 3.3.7).
    Minfo<'a> = MINFO, Compressed {
        /// RMAILBX: the mailbox of who is responsible.
        responsible: NameRef<'a>,
        /// EMAILBX: the mailbox that takes errors.
        errors: NameRef<'a>,
    }

    /// A responsible person (RFC 1183 section 2.2).
    Rp<'a> = RP, Expanded {
        /// The mailbox, its local part as the first label.
        mailbox: NameRef<'a>,
        /// A name with TXT records about the person; the root if there is none.
        text: NameRef<'a>,
    }

    /// Mapping between mail addresses of the Internet and X.400 (RFC 2163 section 4).
    Px<'a> = PX in IN, Expanded {
        /// Which to try first: the lower.
        preference: u16,
        /// MAP822: the domain on the Internet.
        internet: NameRef<'a>,
        /// MAPX400: the domain of X.400.
        x400: NameRef<'a>,
    }
}
