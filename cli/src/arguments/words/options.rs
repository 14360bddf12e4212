//! `+flag` words about the OPT record.

use std::net::{IpAddr, Ipv4Addr};

use data_encoding::HEXLOWER_PERMISSIVE;
use nameward_core::wire::OptionCode;

use super::WordError;
use super::flags::Flag;

/// What the words say about the OPT record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EdnsWords {
    /// The version.
    pub(crate) version: u8,
    /// The UDP payload size.
    pub(crate) udp_payload: u16,
    /// DO.
    pub(crate) dnssec: bool,
    /// Ask which server answers.
    pub(crate) nsid: bool,
    /// The network for which to ask: an address and how many of its bits are told.
    pub(crate) subnet: Option<(IpAddr, u8)>,
    /// Send a cookie.
    pub(crate) cookie: Option<WantedCookie>,
    /// Ask when the zone expires.
    pub(crate) expire: bool,
    /// Ask for how long the connection may be idle.
    pub(crate) keepalive: bool,
    /// Make the query as long as a multiple of this many octets; 0 does not.
    pub(crate) padding: u16,
    /// Other options, as they are.
    pub(crate) others: Vec<(OptionCode, Vec<u8>)>,
}

/// A cookie to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WantedCookie {
    /// Eight octets that nobody foresees.
    Fresh,
    /// These.
    Octets(Vec<u8>),
}

impl Default for EdnsWords {
    fn default() -> Self {
        Self {
            version: 0,
            udp_payload: 1232,
            dnssec: false,
            nsid: false,
            subnet: None,
            cookie: None,
            expire: false,
            keepalive: false,
            padding: 0,
            others: Vec::new(),
        }
    }
}

impl EdnsWords {
    /// Applies a flag, if it is about EDNS; whether it is. What is wanted of EDNS wants EDNS.
    pub(super) fn set(edns: &mut Option<Self>, flag: Flag<'_>) -> Result<bool, WordError> {
        if flag.is("edns", 2) {
            return Self::set_version(edns, flag).map(|()| true);
        }
        if flag.is("ednsnegotiation", 5) && !flag.on {
            // There is none: the server's reply is printed, whatever version it wants. The word may be written as for dig.
            return flag.without_value().map(|()| true);
        }
        let mut words = match edns {
            Some(edns) => edns.clone(),
            None => Self::default(),
        };
        if !words.set_option(flag)? {
            return Ok(false);
        }
        if edns.is_some() || flag.on {
            *edns = Some(words);
        }
        Ok(true)
    }

    fn set_version(edns: &mut Option<Self>, flag: Flag<'_>) -> Result<(), WordError> {
        if !flag.on {
            *edns = None;
            return flag.without_value();
        }
        let version = match flag.value {
            None => 0,
            Some(value) => value
                .parse()
                .map_err(|_| flag.wants("a version from 0 to 255, or no value"))?,
        };
        edns.get_or_insert_default().version = version;
        Ok(())
    }

    /// Applies a flag about what the OPT record says; whether it is one.
    fn set_option(&mut self, flag: Flag<'_>) -> Result<bool, WordError> {
        let switch = if flag.flag == "do" || flag.is("dnssec", 2) {
            &mut self.dnssec
        } else if flag.is("nsid", 2) {
            &mut self.nsid
        } else if flag.is("expire", 3) {
            &mut self.expire
        } else if flag.is("keepalive", 1) {
            &mut self.keepalive
        } else {
            return self.set_value(flag);
        };
        flag.without_value()?;
        *switch = flag.on;
        Ok(true)
    }

    fn set_value(&mut self, flag: Flag<'_>) -> Result<bool, WordError> {
        if flag.is("subnet", 2) {
            self.subnet = optional(flag, subnet)?;
        } else if flag.is("cookie", 2) {
            self.cookie = optional(flag, cookie)?;
        } else if flag.is("padding", 1) {
            self.padding = match flag.on {
                true => flag.number(0, 512, "a number of octets from 0 to 512")?,
                false => flag.without_value().map(|()| 0)?,
            };
        } else if flag.is("bufsize", 1) {
            self.udp_payload = flag.number(512, 4096, "a number of octets from 512 to 4096")?;
        } else if flag.is("ednsopt", 5) {
            match optional(flag, option)? {
                Some(option) => self.others.push(option),
                None => self.others.clear(),
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// What `read` makes of a flag that is on; none if it is off.
fn optional<T>(
    flag: Flag<'_>,
    read: impl Fn(Flag<'_>) -> Result<T, WordError>,
) -> Result<Option<T>, WordError> {
    if flag.on {
        return read(flag).map(Some);
    }
    flag.without_value().map(|()| None)
}

/// `192.0.2.0/24`, `2001:db8::/56`, an address alone, or `0` for `0.0.0.0/0`: tell nothing (RFC 7871 section 7.1.2).
fn subnet(flag: Flag<'_>) -> Result<(IpAddr, u8), WordError> {
    let wanted = || {
        flag.wants("an address and a prefix length, as in '+subnet=192.0.2.0/24'; '+subnet=0' tells nothing")
    };
    let value = flag.value.ok_or_else(wanted)?;
    if value == "0" {
        return Ok((Ipv4Addr::UNSPECIFIED.into(), 0));
    }
    let (address, prefix) = match value.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (value, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wanted())?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Ok(bits), |prefix| prefix.parse().map_err(|_| wanted()))?;
    if prefix > bits {
        return Err(wanted());
    }
    Ok((address, prefix))
}

fn cookie(flag: Flag<'_>) -> Result<WantedCookie, WordError> {
    let Some(value) = flag.value else {
        return Ok(WantedCookie::Fresh);
    };
    HEXLOWER_PERMISSIVE
        .decode(value.as_bytes())
        .ok()
        .filter(|octets| (1..=40).contains(&octets.len()))
        .map(WantedCookie::Octets)
        .ok_or_else(|| flag.wants("up to 40 octets in hexadecimal, or no value"))
}

/// `CODE` or `CODE:HEX`; the code is a number or a mnemonic.
fn option(flag: Flag<'_>) -> Result<(OptionCode, Vec<u8>), WordError> {
    let wanted = || {
        flag.wants("an option's number or name, and its data in hexadecimal if it has any, as in '+ednsopt=65001:c0ffee'")
    };
    let value = flag.value.ok_or_else(wanted)?;
    let (code, data) = value.split_once(':').unwrap_or((value, ""));
    let number = code.parse().map(OptionCode).ok();
    let code = number
        .or_else(|| OptionCode::from_mnemonic(code))
        .ok_or_else(wanted)?;
    let data = HEXLOWER_PERMISSIVE.decode(data.as_bytes()).ok();
    let data = data
        .filter(|data| data.len() <= usize::from(u16::MAX))
        .ok_or_else(wanted)?;
    Ok((code, data))
}
