//! Zone files: read in pieces, in bounded memory, printed, and read again.

use allocation_counter::measure;
use nameward_core::text::scan::TextError;
use nameward_core::text::zone::{ZoneEvent, ZonePrinter, ZoneReader, ZoneReaderConfig, ZoneStyle};
use nameward_core::wire::{Name, Record};

use crate::steps::at_most;

/// So long may an entry be here, in octets.
const LONGEST_ENTRY: usize = 512;
/// So many records may be generated.
const MOST_GENERATED: u32 = 64;
/// So much memory may a reader take, in octets: four files of an entry and a piece each, their words, and one record.
const MOST_MEMORY: u64 = 256 * 1024;

/// Takes `data` as the length of the pieces, what the printed file shall look like, and the file.
pub fn body(data: &[u8]) {
    let Some((&[piece, style], file)) = data.split_first_chunk() else {
        return;
    };
    let whole = read(file, file.len());
    let pieces = read(file, usize::from(piece) + 1);
    assert_eq!(pieces, whole, "the pieces matter");
    // The file, its second half four times, and what is generated.
    let generates = file.windows(2).any(|two| two.eq_ignore_ascii_case(b"$G"));
    let generated = if generates {
        MOST_GENERATED as usize * LONGEST_ENTRY
    } else {
        0
    };
    let steps = 64 + 8 * (3 * file.len() + generated);
    let memory = at_most(steps, || measure(|| drain(file, usize::from(piece) + 1, |_| {}))).bytes_max;
    assert!(memory <= MOST_MEMORY, "the reader took {memory} octets");
    let records: Vec<_> = whole.into_iter().filter_map(Result::ok).collect();
    printed(&records, style);
}

/// All records and errors, in order.
fn read(file: &[u8], piece: usize) -> Vec<Result<Record, TextError>> {
    let mut found = Vec::new();
    drain(file, piece, |event| found.push(event));
    found
}

/// Reads a file in pieces. What it includes is its own second half, which ends because of the depth.
fn drain(file: &[u8], piece: usize, mut take: impl FnMut(Result<Record, TextError>)) {
    let config = ZoneReaderConfig {
        longest_entry: LONGEST_ENTRY,
        deepest_include: 3,
        most_generated: MOST_GENERATED,
        ..ZoneReaderConfig::default()
    };
    let mut reader = ZoneReader::new(origin(), config);
    let mut open = vec![file];
    // Each entry has an octet, in each of the files that can be open.
    let mut steps_left = 64 + 4 * (file.len() + 4) * (1 << 3) + MOST_GENERATED as usize;
    let mut included = 0;
    loop {
        steps_left = steps_left.checked_sub(1).expect("the reader does not end");
        assert_eq!(reader.files().count(), open.len());
        match reader.advance() {
            Ok(ZoneEvent::Record(record)) => take(Ok(record.to_record())),
            Err(error) => take(Err(error)),
            Ok(ZoneEvent::Include { .. }) => {
                included += 1;
                open.push(if included <= 4 {
                    &file[file.len() / 2..]
                } else {
                    &[]
                });
            }
            Ok(ZoneEvent::IncludeEnded) => drop(open.pop()),
            Ok(ZoneEvent::Wanted) => {
                let rest = open.last_mut().expect("a file is open");
                let (next, after) = rest.split_at(rest.len().min(piece));
                reader.push(next);
                *rest = after;
                if after.is_empty() {
                    reader.finish();
                }
            }
            Ok(ZoneEvent::Ended) => break,
        }
    }
    assert_eq!(open.len(), 1);
}

/// The origin of the file; it begins with a letter in upper case, which is kept.
fn origin() -> Name {
    "Example.".parse().expect("it is a name")
}

/// What is printed reads back as the same records.
pub fn printed(records: &[Record], style: u8) {
    let style = ZoneStyle {
        origin: [
            None,
            Some(Name::root()),
            Some(origin()),
            records.first().map(|record| record.owner.clone()),
        ][usize::from(style & 3)]
        .clone(),
        owner_width: u16::from(style >> 4),
        omit_repeated_owners: style & 4 != 0,
    };
    let mut printer = ZonePrinter::new(String::new(), style).expect("a string takes everything");
    for record in records {
        printer.write(record).expect("a string takes everything");
    }
    let text = printer.into_inner();
    let mut reader = ZoneReader::new(Name::root(), ZoneReaderConfig::default());
    reader.push(text.as_bytes());
    reader.finish();
    for record in records {
        match reader.advance() {
            Ok(ZoneEvent::Record(read)) => {
                let read = read.to_record();
                assert_eq!(read, *record, "{text}");
                assert_eq!(read.owner.as_wire(), record.owner.as_wire(), "{text}");
            }
            other => panic!("{other:?} in place of {record}\n{text}"),
        }
    }
    assert!(matches!(reader.advance(), Ok(ZoneEvent::Ended)), "{text}");
}
