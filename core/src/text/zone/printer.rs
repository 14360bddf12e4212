//! Writing a zone file.

use alloc::string::String;
use core::fmt::{self, Write};

use crate::wire::{Name, Record};

/// What a zone file looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneStyle {
    /// The name that `$ORIGIN` gives, and that owners below it are relative to. Without it all names are absolute.
    pub origin: Option<Name>,
    /// The width in characters that owners are padded to with spaces. With 0 there is a tab between columns instead.
    pub owner_width: u16,
    /// Whether an owner that is the same as that of the record before is left out.
    pub omit_repeated_owners: bool,
}

/// Writes records, each as an entry of one line, so that a [`ZoneReader`](super::ZoneReader) reads the same records.
///
/// TTL and class are always there, so that no line depends on those before it in more than the style wants.
///
/// ```
/// use nameward_core::text::zone::{ZonePrinter, ZoneStyle};
/// use nameward_core::wire::{Class, Name, Ns, Record};
///
/// let name = |text: &str| text.parse::<Name>().unwrap();
/// let style = ZoneStyle { origin: Some(name("example.")), ..ZoneStyle::default() };
/// let mut printer = ZonePrinter::new(String::new(), style).unwrap();
/// let server = name("ns.example.");
/// let rdata = Ns { server: server.view() }.to_rdata();
/// printer.write(&Record { owner: name("sub.example."), class: Class::IN, ttl: 3600, rdata }).unwrap();
/// assert_eq!(printer.into_inner(), "$ORIGIN example.\nsub\t3600\tIN\tNS\tns.example.\n");
/// ```
#[derive(Clone, Debug)]
pub struct ZonePrinter<W> {
    out: W,
    style: ZoneStyle,
    /// How the text of a name ends that is relative to the origin.
    suffix: String,
    last_owner: Option<Name>,
    owner: String,
}

impl<W: Write> ZonePrinter<W> {
    /// A printer that writes to `out`, beginning with `$ORIGIN` if the style has an origin.
    ///
    /// # Errors
    ///
    /// `out` fails.
    pub fn new(mut out: W, style: ZoneStyle) -> Result<Self, fmt::Error> {
        let mut suffix = String::new();
        if let Some(origin) = &style.origin {
            writeln!(out, "$ORIGIN {origin}")?;
            let dot = if origin.is_root() { "" } else { "." };
            write!(suffix, "{dot}{origin}")?;
        }
        Ok(Self {
            out,
            style,
            suffix,
            last_owner: None,
            owner: String::new(),
        })
    }

    /// Writes a record.
    ///
    /// # Errors
    ///
    /// `out` fails.
    pub fn write(&mut self, record: &Record) -> fmt::Result {
        self.owner.clear();
        let same = |last: &Name| last.as_wire() == record.owner.as_wire();
        // An entry that begins with a blank has the owner of the one before.
        if !self.last_owner.as_ref().is_some_and(same) {
            self.write_owner(&record.owner)?;
            let keep = self.style.omit_repeated_owners;
            self.last_owner = keep.then(|| record.owner.clone());
        }
        let Self { out, owner, .. } = self;
        let (ttl, class, rtype, rdata) = (record.ttl, record.class, record.rtype(), record.rdata_text());
        match usize::from(self.style.owner_width) {
            0 => writeln!(out, "{owner}\t{ttl}\t{class}\t{rtype}\t{rdata}"),
            width => writeln!(out, "{owner:<width$} {ttl:<10} {class:<5} {rtype:<10} {rdata}"),
        }
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn write_owner(&mut self, name: &Name) -> fmt::Result {
        write!(self.owner, "{name}")?;
        let Some(origin) = self
            .style
            .origin
            .as_ref()
            .filter(|origin| name.is_subdomain_of(origin))
        else {
            return Ok(());
        };
        // Relative names get the case of the origin. What has another case stays absolute.
        if name.as_wire() == origin.as_wire() {
            self.owner.replace_range(.., "@");
        } else if let Some(relative) = self.owner.strip_suffix(&self.suffix) {
            self.owner.truncate(relative.len());
        }
        Ok(())
    }
}
