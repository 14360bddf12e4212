//! The keys of the demo world. They are in the tree for everybody to see: nothing else may ever be signed with them.

use nameward_core::crypto::SigningKey;
use nameward_core::dnssec::KeyFile;
use nameward_core::wire::Rtype;
use nameward_core::wire::rdata::Dnskey;

use super::records_of;

/// The two files of a key.
#[derive(Clone, Copy, Debug)]
pub struct DemoKey {
    /// The DNSKEY record.
    pub record: &'static str,
    /// The private half.
    pub private: &'static str,
}

/// The key whose files in `sim/worlds/demo/keys` have this name.
macro_rules! key {
    ($name:literal) => {
        $crate::worlds::demo::keys::DemoKey {
            record: include_str!(concat!("../../../worlds/demo/keys/", $name, ".key")),
            private: include_str!(concat!("../../../worlds/demo/keys/", $name, ".private")),
        }
    };
}
pub(super) use key;

/// A key that was read.
pub(super) struct Key {
    pub(super) flags: u16,
    pub(super) signing: SigningKey,
}

impl Key {
    pub(super) fn read(files: &DemoKey) -> Self {
        let records = records_of(files.record);
        let dnskey = records.iter().find(|record| record.rtype() == Rtype::DNSKEY);
        let flags = dnskey.and_then(|record| Some(record.rdata.view::<Dnskey<'_>>()?.flags));
        let private = KeyFile::parse(files.private).ok();
        let signing = private.and_then(|file| SigningKey::new(&file.key).ok());
        // Invariant: the keys are a part of this crate, and a test signs the zones with them.
        let (flags, signing) = flags.zip(signing).expect("the files hold a key");
        Self { flags, signing }
    }
}
