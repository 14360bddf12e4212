//! What every parser is asked for: each field of each record, touched once.

/// Who takes the fields of a message. A name gives its labels, without the empty one of the root.
pub(crate) trait Sink {
    /// A label or a string.
    fn octets(&mut self, octets: &[u8]);

    /// An integer.
    fn number(&mut self, number: u64);

    /// The end of a question or of a record.
    fn end(&mut self);

    /// Sixteen octets of address.
    #[inline]
    fn wide(&mut self, octets: [u8; 16]) {
        let [high, low] = [
            u128::from_be_bytes(octets) >> 64,
            u128::from_be_bytes(octets) & u128::from(u64::MAX),
        ];
        // Invariant: both halves have 64 bits.
        self.number(high as u64);
        self.number(low as u64);
    }

    /// The RDATA of an NSEC3 record, for who has no type for it.
    #[inline]
    fn nsec3(&mut self, rdata: &[u8]) {
        let Some((&[algorithm, flags, high, low], rest)) = rdata.split_first_chunk() else {
            return;
        };
        self.number(algorithm.into());
        self.number(flags.into());
        self.number(u16::from_be_bytes([high, low]).into());
        let rest = self.string(rest);
        let mut rest = self.string(rest);
        while let Some((&[window, length], after)) = rest.split_first_chunk() {
            let Some((bitmap, after)) = after.split_at_checked(length.into()) else {
                return;
            };
            for (byte, &bits) in (0u64..).zip(bitmap) {
                let mut bits = bits;
                while bits != 0 {
                    let bit = u64::from(bits.leading_zeros());
                    self.number(u64::from(window) << 8 | byte << 3 | bit);
                    bits &= !(0x80 >> bit);
                }
            }
            rest = after;
        }
    }

    /// A string after its length; what is behind it.
    #[inline]
    fn string<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let split = octets
            .split_first()
            .and_then(|(&length, after)| after.split_at_checked(length.into()));
        let Some((string, rest)) = split else {
            return &[];
        };
        self.octets(string);
        rest
    }
}

/// Length and last octet of each label and string, and all integers, in one number. Fields of a record may come in any order,
/// because one of the peers holds names backwards.
#[derive(Default)]
pub(crate) struct Checksum(u64);

impl Checksum {
    /// The number.
    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

impl Sink for Checksum {
    #[inline]
    fn octets(&mut self, octets: &[u8]) {
        let last = octets.last().copied().unwrap_or_default();
        self.number((octets.len() as u64) << 8 | u64::from(last));
    }

    #[inline]
    fn number(&mut self, number: u64) {
        self.0 = self.0.wrapping_add(number);
    }

    #[inline]
    fn end(&mut self) {
        self.0 = self.0.rotate_left(7);
    }
}

/// A field that was taken out of a message.
enum Field {
    Octets(Vec<u8>),
    Number(u64),
    End,
}

/// The fields of a message, taken out of it before, so that touching them is all that is left to measure.
#[derive(Default)]
pub(crate) struct Extracted(Vec<Field>);

impl Extracted {
    /// What the fold itself costs.
    pub(crate) fn fold(&self) -> u64 {
        let mut sum = Checksum::default();
        for field in &self.0 {
            match field {
                Field::Octets(octets) => sum.octets(octets),
                Field::Number(number) => sum.number(*number),
                Field::End => sum.end(),
            }
        }
        sum.finish()
    }
}

impl Sink for Extracted {
    fn octets(&mut self, octets: &[u8]) {
        self.0.push(Field::Octets(octets.to_vec()));
    }

    fn number(&mut self, number: u64) {
        self.0.push(Field::Number(number));
    }

    fn end(&mut self) {
        self.0.push(Field::End);
    }
}
