//! `nameward zone format`: a zone file as other programs like it best.

use std::fmt;
use std::io;
use std::path::Path;

use nameward_core::text::zone::{ZonePrinter, ZoneStyle};
use nameward_core::wire::Name;

use super::files::{ZoneError, ZoneFiles};
use crate::colour::Console;
use crate::failure::Failure;

/// How much is printed at once.
const PIECE: usize = 64 * 1024;

/// Prints a file: each record on a line of its own with owner, TTL, class, type and RDATA, all names absolute, in the order of the
/// file. Comments are not kept; what is included or generated stands where it was included or generated.
///
/// What is printed reads back as the same records, and printed again it is the same text. Printing ends at the first error, for what
/// is wrong must not be left out in silence.
pub(crate) fn format(file: &Path, origin: &Name, console: Console) -> Result<(), Failure> {
    let mut files = ZoneFiles::open(file, origin.clone())?;
    let mut lines = Lines {
        console,
        waiting: String::new(),
        outcome: Ok(()),
    };
    let read = print_all(&mut files, &mut lines);
    lines.print();
    match lines.outcome {
        // Nobody reads any more.
        Err(closed) if closed.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::output(error)),
        Ok(()) => Ok(read?),
    }
}

/// Prints until the end, an error, or until `out` fails, which it remembers itself.
pub(super) fn print_all(files: &mut ZoneFiles, out: impl fmt::Write) -> Result<(), ZoneError> {
    let Ok(mut printer) = ZonePrinter::new(out, ZoneStyle::default()) else {
        return Ok(());
    };
    while let Some(record) = files.next()? {
        if printer.write(&record).is_err() {
            break;
        }
    }
    Ok(())
}

/// Lines on their way to standard output.
struct Lines {
    console: Console,
    waiting: String,
    /// How printing went.
    outcome: io::Result<()>,
}

impl Lines {
    /// Prints the whole lines that wait.
    fn print(&mut self) {
        let end = self.waiting.rfind('\n').map_or(0, |at| at + 1);
        if self.outcome.is_ok() {
            self.outcome = self.console.write(&self.waiting[..end]);
        }
        self.waiting.drain(..end);
    }
}

impl fmt::Write for Lines {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.waiting.push_str(text);
        if self.waiting.len() >= PIECE {
            self.print();
        }
        match self.outcome {
            Ok(()) => Ok(()),
            Err(_) => Err(fmt::Error),
        }
    }
}
