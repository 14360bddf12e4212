//! RDATA of any type from text: two octets of type, then the text.

use nameward_core::wire::{Name, Rdata, Rtype};

/// Takes `data` as a type and text.
pub fn body(data: &[u8]) {
    let Some((&rtype, text)) = data.split_first_chunk() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let rtype = Rtype(u16::from_be_bytes(rtype));
    let origin: Name = "Origin.example.".parse().expect("it is a name");
    match Rdata::from_text(rtype, text, Some(&origin)) {
        Ok(rdata) => {
            assert_eq!(rdata.rtype(), rtype);
            crate::rdata_wire::check(&rdata);
        }
        Err(error) => {
            let (place, length) = (error.position(), u64::from(error.length()));
            assert!(
                place.offset + length <= text.len() as u64,
                "{error} beyond the text"
            );
            let line = 1 + text
                .bytes()
                .take(place.offset as usize)
                .filter(|&octet| octet == b'\n')
                .count();
            assert_eq!(u64::from(place.line), line as u64, "{error}");
        }
    }
}
