//! OPT records and options as `dig` prints them.

use core::fmt;

use super::schema::OptionSchema;
use super::types::{
    Chain, ClientTag, Dau, Dhu, Expire, KeyTag, Llq, N3u, Nsid, ReportChannel, ServerTag, TcpKeepalive,
    UpdateLease,
};
use crate::wire::{OptRef, OptionRef};

/// The flags that mean nothing yet and must be zero.
const MUST_BE_ZERO: u16 = 0x7FFF;

/// An OPT record, to be displayed as `dig` does in its OPT PSEUDOSECTION: a line with version, flags and payload size, and one
/// for each option. Each line begins with `; ` and ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct OptText<'a> {
    opt: OptRef<'a>,
}

/// An option, to be displayed on one line as `dig` does: `NSID: 66 72 61 31 ("fra1")`.
///
/// Options that `dig` 9.18 prints as octets only, DAU and CHAIN for instance, are displayed by what they say. Octets of unknown
/// options, and of those that break the rules of their type, are displayed in hexadecimal and as ASCII.
#[derive(Clone, Copy, Debug)]
pub struct OptionText<'a> {
    option: OptionRef<'a>,
}

impl<'a> OptRef<'a> {
    /// Its text.
    pub const fn text(self) -> OptText<'a> {
        OptText { opt: self }
    }
}

impl<'a> OptionRef<'a> {
    /// Its text.
    pub const fn text(self) -> OptionText<'a> {
        OptionText { option: self }
    }
}

impl fmt::Display for OptText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opt = self.opt;
        write!(f, "; EDNS: version: {}, flags:", opt.version())?;
        if opt.dnssec_ok() {
            f.write_str(" do")?;
        }
        match opt.flags() & MUST_BE_ZERO {
            0 => write!(f, "; udp: {}", opt.udp_payload())?,
            unknown => write!(f, "; MBZ: {unknown:#06x}, udp: {}", opt.udp_payload())?,
        }
        f.write_str("\n")?;
        opt.options()
            .try_for_each(|option| writeln!(f, "; {}", option.text()))
    }
}

impl fmt::Display for OptionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OptionRef { code, data } = self.option;
        match OptionSchema::of(code) {
            Some(schema) => {
                write!(f, "{}:", schema.label)?;
                match (schema.check)(data) {
                    Ok(()) => (schema.print)(data, f),
                    Err(_) => write_octets(f, data),
                }
            }
            None => {
                write!(f, "OPT={}:", code.0)?;
                write_octets(f, data)
            }
        }
    }
}

/// The octets in hexadecimal, each after a space, then as ASCII in parentheses; nothing if there are none.
pub(super) fn write_octets(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    if octets.is_empty() {
        return Ok(());
    }
    octets.iter().try_for_each(|octet| write!(f, " {octet:02x}"))?;
    f.write_str(" (\"")?;
    write_visible(f, octets)?;
    f.write_str("\")")
}

/// Octets as ASCII, with dots for those that are not visible.
pub(super) fn write_visible(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    octets.iter().try_for_each(|&octet| {
        let visible = matches!(octet, b' '..=b'~');
        write!(f, "{}", if visible { char::from(octet) } else { '.' })
    })
}

/// Seconds in words: `1 week 2 hours 1 second`.
struct Words(u32);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (self.0 / 604_800, "week"),
            (self.0 / 86_400 % 7, "day"),
            (self.0 / 3_600 % 24, "hour"),
            (self.0 / 60 % 60, "minute"),
            (self.0 % 60, "second"),
        ];
        if self.0 == 0 {
            return f.write_str("0 seconds");
        }
        let present = units.iter().filter(|(count, _)| *count > 0);
        for (index, (count, unit)) in present.enumerate() {
            let (space, plural) = (
                if index > 0 { " " } else { "" },
                if *count > 1 { "s" } else { "" },
            );
            write!(f, "{space}{count} {unit}{plural}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Llq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            opcode,
            error,
            identifier,
            lease,
        } = self;
        write!(
            f,
            " Version: {version}, Opcode: {opcode}, Error: {error}, Identifier: {identifier}, Lifetime: {lease}"
        )
    }
}

impl fmt::Display for UpdateLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {} ({})", self.lease, Words(self.lease))?;
        match self.key_lease {
            Some(lease) => write!(f, ", keys {lease} ({})", Words(lease)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Nsid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_octets(f, self.identifier)
    }
}

macro_rules! display_algorithms {
    ($($option:ident)+) => {$(
        impl fmt::Display for $option<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.algorithms.iter().try_for_each(|algorithm| write!(f, " {algorithm}"))
            }
        }
    )+};
}
display_algorithms! { Dau Dhu N3u }

impl fmt::Display for Expire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            Some(seconds) => write!(f, " {seconds} ({})", Words(seconds)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TcpKeepalive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timeout {
            Some(timeout) => write!(f, " {}.{} secs", timeout / 10, timeout % 10),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.closest)
    }
}

impl fmt::Display for KeyTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tags
            .iter()
            .enumerate()
            .try_for_each(|(index, tag)| write!(f, "{} {tag}", if index > 0 { "," } else { "" }))
    }
}

macro_rules! display_tag {
    ($($option:ident)+) => {$(
        impl fmt::Display for $option {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, " {}", self.tag)
            }
        }
    )+};
}
display_tag! { ClientTag ServerTag }

impl fmt::Display for ReportChannel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.agent)
    }
}
