//! The options of `resolv.conf(5)`.

use crate::text::scan::{TextError, TextErrorKind};
use crate::text::words::Word;

/// What `options` can say in the GNU C library. The default is what holds if it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverOptions {
    /// `ndots:n`: how many dots a name needs to be asked for as it is before the search list is tried. 15 at most.
    pub ndots: u8,
    /// `timeout:n`: how many seconds to wait for a server. 30 at most.
    pub timeout: u8,
    /// `attempts:n`: how often to go through the servers. 5 at most.
    pub attempts: u8,
    /// `debug`: the resolver prints what it does.
    pub debug: bool,
    /// `rotate`: another server is asked first each time.
    pub rotate: bool,
    /// `no-aaaa`: AAAA is not asked for.
    pub no_aaaa: bool,
    /// `no-check-names`: names in answers may have any characters.
    pub no_check_names: bool,
    /// `inet6`: IPv4 addresses are mapped to IPv6 ones. Deprecated.
    pub inet6: bool,
    /// `ip6-bytestring`: reverse look-ups use bit-string labels. Obsolete.
    pub ip6_bytestring: bool,
    /// `ip6-dotint` and `no-ip6-dotint`: reverse look-ups use `ip6.int`. Obsolete.
    pub ip6_dotint: bool,
    /// `edns0`: queries have EDNS.
    pub edns0: bool,
    /// `single-request`: the questions for A and AAAA are asked one after the other.
    pub single_request: bool,
    /// `single-request-reopen`: they are asked from two sockets if one of the answers is missing.
    pub single_request_reopen: bool,
    /// `no-tld-query`: a name of one label is not asked for as it is.
    pub no_tld_query: bool,
    /// `use-vc`: queries go over TCP.
    pub use_vc: bool,
    /// `no-reload`: the file is not read again when it changes.
    pub no_reload: bool,
    /// `trust-ad`: the AD bit of answers is passed on.
    pub trust_ad: bool,
    /// `strict-error`: errors of a server end a look-up.
    pub strict_error: bool,
}

impl Default for ResolverOptions {
    fn default() -> Self {
        Self {
            ndots: 1,
            timeout: 5,
            attempts: 2,
            debug: false,
            rotate: false,
            no_aaaa: false,
            no_check_names: false,
            inet6: false,
            ip6_bytestring: false,
            ip6_dotint: false,
            edns0: false,
            single_request: false,
            single_request_reopen: false,
            no_tld_query: false,
            use_vc: false,
            no_reload: false,
            trust_ad: false,
            strict_error: false,
        }
    }
}

impl ResolverOptions {
    /// Takes an option.
    pub(super) fn read(&mut self, word: Word<'_>) -> Result<(), TextError> {
        let (key, value) = word.split(b':');
        match (key.text(), value) {
            (b"ndots", Some(value)) => self.ndots = read_number(value, 15)?,
            (b"timeout", Some(value)) => self.timeout = read_number(value, 30)?,
            (b"attempts", Some(value)) => self.attempts = read_number(value, 5)?,
            (b"debug", None) => self.debug = true,
            (b"rotate", None) => self.rotate = true,
            (b"no-aaaa", None) => self.no_aaaa = true,
            (b"no-check-names", None) => self.no_check_names = true,
            (b"inet6", None) => self.inet6 = true,
            (b"ip6-bytestring", None) => self.ip6_bytestring = true,
            (b"ip6-dotint", None) => self.ip6_dotint = true,
            (b"no-ip6-dotint", None) => self.ip6_dotint = false,
            (b"edns0", None) => self.edns0 = true,
            (b"single-request", None) => self.single_request = true,
            (b"single-request-reopen", None) => self.single_request_reopen = true,
            (b"no-tld-query" | b"no_tld_query", None) => self.no_tld_query = true,
            (b"use-vc", None) => self.use_vc = true,
            (b"no-reload", None) => self.no_reload = true,
            (b"trust-ad", None) => self.trust_ad = true,
            (b"strict-error", None) => self.strict_error = true,
            _ => return Err(word.error(TextErrorKind::Unrecognised, "an option of resolv.conf(5)")),
        }
        Ok(())
    }
}

/// Reads a number. A larger one than `most` counts as that, as it does in the GNU C library.
fn read_number(word: Word<'_>, most: u8) -> Result<u8, TextError> {
    let number: u32 = word.parse("a number")?;
    Ok(u8::try_from(number).unwrap_or(u8::MAX).min(most))
}
