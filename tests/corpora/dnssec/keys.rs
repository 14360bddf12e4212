//! Key files, as other implementations wrote them.

use std::fs;
use std::path::PathBuf;

use nameward_core::crypto::KeyError;
use nameward_core::dnssec::{KeyFile, ds_of, key_file_stem, key_tag, matches_ds};
use nameward_core::wire::Rtype;
use nameward_core::wire::rdata::{Dnskey, Ds};

use super::backends::agreed;
use super::{folder, records, text};

/// The files without the ending, of which each has a private and a public one.
fn stems() -> Vec<PathBuf> {
    let Some(folder) = folder("keys") else {
        return Vec::new();
    };
    let files = fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    let mut stems: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "private"))
        .map(|file| file.with_extension(""))
        .collect();
    stems.sort();
    assert!(stems.len() >= 15, "{stems:?}");
    stems
}

#[test]
fn key_files_are_read_and_written_again_and_fit_their_public_halves() {
    let (mut usable, mut digests) = (0, 0);
    for stem in stems() {
        let with = |ending: &str| PathBuf::from(format!("{}.{ending}", stem.display()));
        let private = text(&with("private"));
        let file = KeyFile::parse(&private).unwrap_or_else(|error| panic!("{}: {error}", stem.display()));
        assert_eq!(KeyFile::parse(&file.to_string()).as_ref(), Ok(&file));
        // Versions differ, and the mnemonic after the number of the algorithm is a comment.
        let lines = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&file.to_string()), lines(&private), "{}", stem.display());

        let key = records(&text(&with("key"))).remove(0);
        assert_eq!(key.rtype(), Rtype::DNSKEY);
        let dnskey: Dnskey<'_> = key.rdata.view().unwrap();
        let name = key_file_stem(&key.owner, dnskey.algorithm, key_tag(key.rdata.octets()));
        // What a file is called that domain made has no dot after the zone.
        let actual = stem.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            actual == name || actual == name.replacen(".+", "+", 1),
            "{actual} is {name}"
        );

        let public_key = agreed(|backend| {
            let signing = (backend.signer)(&file.key)?;
            Ok(signing.public_key().to_vec())
        });
        match public_key {
            Ok(public_key) => {
                assert_eq!(public_key, dnskey.public_key);
                usable += 1;
            }
            Err(error) => assert!(matches!(error, KeyError::Algorithm(_)), "{actual}: {error}"),
        }
        if with("ds").exists() {
            let ds = records(&text(&with("ds"))).remove(0);
            let view: Ds<'_> = ds.rdata.view().unwrap();
            assert!(matches_ds(&key.owner, &key.rdata, &view), "{actual}");
            assert_eq!(
                ds_of(&key.owner, &key.rdata, view.digest_type).as_ref(),
                Some(&ds.rdata)
            );
            digests += 1;
        }
    }
    if folder("keys").is_some() {
        assert!(usable >= 14 && digests >= 6, "{usable} {digests}");
    }
}
