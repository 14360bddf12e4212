//! Record types.

use core::fmt;
use core::str::FromStr;

use super::{UnknownMnemonic, codes, numbered};

codes! {
    /// The type of a record or of a question (RFC 1035 sections 3.2.2 and 3.2.3).
    ///
    /// ```
    /// use nameward_core::wire::Rtype;
    ///
    /// assert_eq!("mx".parse(), Ok(Rtype::MX));
    /// assert_eq!("TYPE65280".parse(), Ok(Rtype(65280)));
    /// assert_eq!(Rtype(65280).to_string(), "TYPE65280");
    /// ```
    pub struct Rtype(u16);
    A = 1 "A": "an IPv4 address (RFC 1035).",
    NS = 2 "NS": "an authoritative server (RFC 1035).",
    MD = 3 "MD": "a mail destination, obsolete (RFC 1035).",
    MF = 4 "MF": "a mail forwarder, obsolete (RFC 1035).",
    CNAME = 5 "CNAME": "the canonical name of an alias (RFC 1035).",
    SOA = 6 "SOA": "the start of a zone of authority (RFC 1035).",
    MB = 7 "MB": "a mailbox, experimental (RFC 1035).",
    MG = 8 "MG": "a mail group, experimental (RFC 1035).",
    MR = 9 "MR": "a mail rename, experimental (RFC 1035).",
    NULL = 10 "NULL": "anything, experimental (RFC 1035).",
    WKS = 11 "WKS": "well-known services, obsolete (RFC 1035).",
    PTR = 12 "PTR": "a pointer to another name (RFC 1035).",
    HINFO = 13 "HINFO": "host information (RFC 1035), or why ANY has no answer (RFC 8482).",
    MINFO = 14 "MINFO": "mailbox information, experimental (RFC 1035).",
    MX = 15 "MX": "a mail exchange (RFC 1035).",
    TXT = 16 "TXT": "text (RFC 1035).",
    RP = 17 "RP": "a responsible person (RFC 1183).",
    AFSDB = 18 "AFSDB": "an AFS database (RFC 1183).",
    X25 = 19 "X25": "an X.25 address (RFC 1183).",
    ISDN = 20 "ISDN": "an ISDN address (RFC 1183).",
    RT = 21 "RT": "a route through another host (RFC 1183).",
    NSAP = 22 "NSAP": "an NSAP address (RFC 1706).",
    NSAP_PTR = 23 "NSAP-PTR": "a pointer from an NSAP address (RFC 1706).",
    SIG = 24 "SIG": "a signature, today only of messages (RFC 2535, RFC 2931).",
    KEY = 25 "KEY": "a key, today only of messages (RFC 2535, RFC 2930).",
    PX = 26 "PX": "mapping of X.400 mail (RFC 2163).",
    GPOS = 27 "GPOS": "a geographical position (RFC 1712).",
    AAAA = 28 "AAAA": "an IPv6 address (RFC 3596).",
    LOC = 29 "LOC": "a location (RFC 1876).",
    NXT = 30 "NXT": "denial of existence, obsolete (RFC 2535).",
    EID = 31 "EID": "an endpoint identifier.",
    NIMLOC = 32 "NIMLOC": "a Nimrod locator.",
    SRV = 33 "SRV": "where a service is (RFC 2782).",
    ATMA = 34 "ATMA": "an ATM address.",
    NAPTR = 35 "NAPTR": "a rule that rewrites names (RFC 3403).",
    KX = 36 "KX": "a key exchanger (RFC 2230).",
    CERT = 37 "CERT": "a certificate (RFC 4398).",
    A6 = 38 "A6": "an IPv6 address in parts, obsolete (RFC 6563).",
    DNAME = 39 "DNAME": "an alias for a whole subtree (RFC 6672).",
    SINK = 40 "SINK": "the kitchen sink.",
    OPT = 41 "OPT": "the pseudo-record of EDNS (RFC 6891).",
    APL = 42 "APL": "address prefixes (RFC 3123).",
    DS = 43 "DS": "the digest of a child's key (RFC 4034).",
    SSHFP = 44 "SSHFP": "an SSH key fingerprint (RFC 4255).",
    IPSECKEY = 45 "IPSECKEY": "an IPsec key (RFC 4025).",
    RRSIG = 46 "RRSIG": "the signature of an RRset (RFC 4034).",
    NSEC = 47 "NSEC": "denial of existence (RFC 4034).",
    DNSKEY = 48 "DNSKEY": "a key of a zone (RFC 4034).",
    DHCID = 49 "DHCID": "identity of a DHCP client (RFC 4701).",
    NSEC3 = 50 "NSEC3": "denial of existence by hashed names (RFC 5155).",
    NSEC3PARAM = 51 "NSEC3PARAM": "how a zone hashes names (RFC 5155).",
    TLSA = 52 "TLSA": "the certificate of a TLS server (RFC 6698).",
    SMIMEA = 53 "SMIMEA": "the certificate of a mail user (RFC 8162).",
    HIP = 55 "HIP": "host identity (RFC 8005).",
    NINFO = 56 "NINFO": "status of a zone.",
    RKEY = 57 "RKEY": "a key for resources.",
    TALINK = 58 "TALINK": "a link of trust anchors.",
    CDS = 59 "CDS": "the DS that a child wants (RFC 7344).",
    CDNSKEY = 60 "CDNSKEY": "the DNSKEY that a child wants a DS for (RFC 7344).",
    OPENPGPKEY = 61 "OPENPGPKEY": "an OpenPGP key (RFC 7929).",
    CSYNC = 62 "CSYNC": "what a parent should copy from its child (RFC 7477).",
    ZONEMD = 63 "ZONEMD": "the digest of a zone (RFC 8976).",
    SVCB = 64 "SVCB": "how to reach a service (RFC 9460).",
    HTTPS = 65 "HTTPS": "how to reach a web server (RFC 9460).",
    DSYNC = 66 "DSYNC": "where to send notifications for a delegation (RFC 9859).",
    HHIT = 67 "HHIT": "a hierarchical host identity tag (RFC 9886).",
    BRID = 68 "BRID": "broadcast remote identification (RFC 9886).",
    SPF = 99 "SPF": "a sender policy, obsolete (RFC 7208).",
    UINFO = 100 "UINFO": "user information, reserved.",
    UID = 101 "UID": "a user number, reserved.",
    GID = 102 "GID": "a group number, reserved.",
    UNSPEC = 103 "UNSPEC": "unspecified, reserved.",
    NID = 104 "NID": "a node identifier (RFC 6742).",
    L32 = 105 "L32": "a 32-bit locator (RFC 6742).",
    L64 = 106 "L64": "a 64-bit locator (RFC 6742).",
    LP = 107 "LP": "a locator pointer (RFC 6742).",
    EUI48 = 108 "EUI48": "a 48-bit hardware address (RFC 7043).",
    EUI64 = 109 "EUI64": "a 64-bit hardware address (RFC 7043).",
    NXNAME = 128 "NXNAME": "says in denials that the name does not exist (RFC 9824).",
    TKEY = 249 "TKEY": "negotiation of a key (RFC 2930).",
    TSIG = 250 "TSIG": "the signature of a message (RFC 8945).",
    IXFR = 251 "IXFR": "an incremental zone transfer, in questions only (RFC 1995).",
    AXFR = 252 "AXFR": "a zone transfer, in questions only (RFC 5936).",
    MAILB = 253 "MAILB": "mailbox records, in questions only (RFC 1035).",
    MAILA = 254 "MAILA": "mail agents, obsolete, in questions only (RFC 1035).",
    ANY = 255 "ANY": "any type that the server has, in questions only (RFC 1035, RFC 8482).",
    URI = 256 "URI": "a URI (RFC 7553).",
    CAA = 257 "CAA": "which authorities may certify (RFC 8659).",
    AVC = 258 "AVC": "visibility of applications.",
    DOA = 259 "DOA": "digital object architecture.",
    AMTRELAY = 260 "AMTRELAY": "a multicast relay (RFC 8777).",
    RESINFO = 261 "RESINFO": "what a resolver does (RFC 9606).",
    WALLET = 262 "WALLET": "a wallet address.",
    CLA = 263 "CLA": "a convergence layer adapter (BP over IP).",
    IPN = 264 "IPN": "a node of the interplanetary network.",
    DELEG = 61440 "DELEG": "an extensible delegation (draft-ietf-deleg).",
    DELEGPARAM = 65433 "DELEGPARAM": "parameters that delegations share, a private number (draft-ietf-deleg).",
    TA = 32768 "TA": "a trust anchor outside the tree.",
    DLV = 32769 "DLV": "look-aside validation, obsolete (RFC 8749).",
}

impl fmt::Display for Rtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

impl FromStr for Rtype {
    type Err = UnknownMnemonic;

    fn from_str(text: &str) -> Result<Self, UnknownMnemonic> {
        Self::from_mnemonic(text)
            .or_else(|| numbered(text, "TYPE").map(Self))
            .ok_or(UnknownMnemonic { prefix: "TYPE" })
    }
}
