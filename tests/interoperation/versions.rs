//! Versions of zones: their digests, what is kept from one to the next, and what changed, beside what others say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use nameward_core::wire::{Record, Rtype};
use nameward_core::zone::{ZonemdVerdict, check_zonemd};
use nameward_tests::peer::{program, skip};

use crate::command::{finished, nameward, printed};
use crate::signing::{ZONE, folder, records, run, zone_of};

const DENIALS: [&[&str]; 3] = [&[], &["--nsec3"], &["--nsec3", "--salt", "73616C74", "--opt-out"]];

/// `nameward zone` in this folder.
fn zone_command(folder: &Path, words: &[&str]) -> Command {
    let mut command = nameward();
    command.arg("zone").args(words).current_dir(folder);
    command
}

fn ask(folder: &Path, words: &[&str]) -> Output {
    finished(&mut zone_command(folder, words))
}

/// What the command prints, which must succeed.
fn say(folder: &Path, words: &[&str]) -> String {
    printed(ask(folder, words))
}

/// The name of a new key, and the words to sign with it.
fn draw_key(folder: &Path) -> String {
    say(folder, &["keygen", "example"]).trim().to_owned()
}

/// Signs a file into another.
fn sign(folder: &Path, file: &str, signed: &str, key: &str, more: &[&str]) {
    let words = [&["sign", file, "--origin", "example.", "--key", key], more].concat();
    fs::write(folder.join(signed), say(folder, &words)).unwrap();
}

/// ldns and Knot find our digests good, and ldns finds that glue was changed, which no signature covers; so do we.
#[test]
fn rfc8976_our_digests_are_good_to_ldns_and_knot() {
    let (Some(ldns), Some(knot)) = (program("ldns-verify-zone"), program("kzonecheck")) else {
        return skip("ldns-verify-zone and kzonecheck are not both installed");
    };
    let folder = folder("digests");
    let key = draw_key(&folder);
    fs::write(folder.join("zone"), ZONE).unwrap();
    for denial in DENIALS {
        for hashes in [
            &["--zonemd", "SHA384"][..],
            &["--zonemd", "sha-512"],
            &["--zonemd", "SHA384", "--zonemd", "SHA512"],
        ] {
            sign(&folder, "zone", "signed", &key, &[denial, hashes].concat());
            let (good, said) = run(&ldns, &["-ZZ", "signed"], &folder);
            assert!(good, "{denial:?} {hashes:?}: {said}");
            let (good, said) = run(&knot, &["-o", "example.", "-d", "on", "signed"], &folder);
            assert!(good, "{denial:?} {hashes:?}: {said}");
            assert!(say(&folder, &["zonemd", "signed"]).contains("is good"));
            assert!(say(&folder, &["verify", "signed"]).contains("no fault"));

            let text = fs::read_to_string(folder.join("signed")).unwrap();
            assert!(text.contains("192.0.2.3\n"));
            fs::write(
                folder.join("damaged"),
                text.replace("192.0.2.3\n", "192.0.2.99\n"),
            )
            .unwrap();
            let (good, _) = run(&ldns, &["-ZZ", "damaged"], &folder);
            assert!(!good);
            for command in ["zonemd", "verify"] {
                let output = ask(&folder, &[command, "damaged"]);
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert_eq!(output.status.code(), Some(2));
                assert!(said.contains("the digest of the zone is"), "{said}");
            }
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The digests of ldns are good to us; and for what it signed we print the record that it made.
#[test]
fn rfc8976_digests_of_ldns_are_good_to_us() {
    let Some(ldns) = program("ldns-signzone") else {
        return skip("ldns-signzone is not installed");
    };
    let folder = folder("their-digests");
    let key = draw_key(&folder);
    fs::write(
        folder.join("zone"),
        ZONE.replace("@ SOA", "$ORIGIN example.\n@ SOA"),
    )
    .unwrap();
    for denial in [&[][..], &["-n"], &["-n", "-p", "-s", "beef"]] {
        for (number, hash) in [("1", "SHA384"), ("2", "SHA512")] {
            let scheme = format!("simple:{}", hash.to_lowercase());
            let words = [
                &["-o", "example.", "-f", "signed", "-z", scheme.as_str()],
                denial,
                &["zone", &key],
            ]
            .concat();
            let (good, said) = run(&ldns, &words, &folder);
            assert!(good, "{said}");
            let text = fs::read_to_string(folder.join("signed")).unwrap();
            let zone = zone_of(&text);
            assert_eq!(check_zonemd(&zone).verdict, ZonemdVerdict::Verified, "{words:?}");
            let said = say(&folder, &["zonemd", "signed", "--print", hash]);
            let of_theirs = records(&text, ".")
                .into_iter()
                .find(|record| record.rtype() == Rtype::ZONEMD);
            let ours = records(&said, ".").remove(0);
            assert_eq!(
                Some(&ours.rdata),
                of_theirs.map(|record| record.rdata).as_ref(),
                "{number}"
            );
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The next version takes signatures over, has a later serial, and is in order to BIND, ldns and Knot.
#[test]
fn the_next_version_keeps_signatures_and_is_in_order_to_others() {
    let programs = ["dnssec-verify", "ldns-verify-zone", "kzonecheck"].map(program);
    let [Some(bind), Some(ldns), Some(knot)] = programs else {
        return skip("dnssec-verify, ldns-verify-zone and kzonecheck are not all installed");
    };
    let folder = folder("next");
    let key = draw_key(&folder);
    fs::write(folder.join("one"), ZONE).unwrap();
    let next = ZONE
        .replace("alias CNAME ns", "new A 192.0.2.77")
        .replace("192.0.2.53", "192.0.2.54");
    fs::write(folder.join("two"), next).unwrap();
    for denial in DENIALS {
        let more = [denial, &["--zonemd", "SHA384", "--serial", "increment"]].concat();
        sign(&folder, "one", "one.signed", &key, &more);
        let previous = [&more[..], &["--previous", "one.signed", "--start", "1"]].concat();
        // By that clock nothing is valid yet, so that nothing is kept; with the real one most of it is.
        sign(&folder, "two", "never", &key, &previous);
        sign(
            &folder,
            "two",
            "two.signed",
            &key,
            &previous[..previous.len() - 2],
        );
        let [before, after, anew] = ["one.signed", "two.signed", "never"]
            .map(|file| records(&fs::read_to_string(folder.join(file)).unwrap(), "."));
        let signatures = |records: &[Record]| {
            let rrsigs = records.iter().filter(|record| record.rtype() == Rtype::RRSIG);
            rrsigs.map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        let kept = |records: &[Record]| signatures(&before).intersection(&signatures(records)).count();
        let all = signatures(&after).len();
        assert_eq!(kept(&anew), 0);
        // New are those of SOA and ZONEMD, of two names with data and of their neighbours.
        assert!(
            kept(&after) >= all - 8 && kept(&after) < all - 3,
            "{} of {all}",
            kept(&after)
        );
        let soa = after[0].to_string();
        assert!(soa.contains(" 9 3600 600 604800 300"), "{soa}");
        for (program, words) in [
            (&bind, &["-q", "-z", "-o", "example.", "two.signed"][..]),
            (&ldns, &["-ZZ", "two.signed"]),
            (&knot, &["-o", "example.", "-d", "on", "two.signed"]),
        ] {
            let (good, said) = run(program, words, &folder);
            assert!(good, "{denial:?}: {}: {said}", program.display());
        }
        assert!(say(&folder, &["verify", "two.signed"]).contains("no fault"));
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The status says whether something changed; ldns counts as many names that came, went or changed.
#[test]
fn a_difference_is_printed_and_is_the_status() {
    let Some(ldns) = program("ldns-compare-zones") else {
        return skip("ldns-compare-zones is not installed");
    };
    let folder = folder("difference");
    let old = ZONE.replace("$TTL 3600", "$ORIGIN example.\n$TTL 3600");
    let new = old
        .replace("alias CNAME ns\n", "new A 192.0.2.77\n")
        .replace("192.0.2.53", "192.0.2.54")
        .replace(" 7 3600", " 8 3600");
    assert_ne!(old, new);
    for (file, text) in [
        ("old", &old),
        ("new", &new),
        ("other", &new.replace("$ORIGIN example.", "$ORIGIN other.")),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    let output = ask(&folder, &["diff", "old", "new"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).replace('\t', " ");
    assert_eq!(
        said,
        "; example. SOA changed\n\
         - example. 3600 IN SOA ns.example. hostmaster.example. 7 3600 600 604800 300\n\
         + example. 3600 IN SOA ns.example. hostmaster.example. 8 3600 600 604800 300\n\
         ; alias.example. CNAME removed\n\
         - alias.example. 3600 IN CNAME ns.example.\n\
         ; new.example. A added\n\
         + new.example. 3600 IN A 192.0.2.77\n\
         ; ns.example. A changed\n\
         - ns.example. 3600 IN A 192.0.2.53\n\
         + ns.example. 3600 IN A 192.0.2.54\n"
    );
    let summary = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        summary.contains("from serial 7 to 8: 4 sets changed, 3 records deleted, 3 records added"),
        "{summary}"
    );
    let (_, theirs) = run(&ldns, &["old", "new"], &folder);
    assert_eq!(theirs.split_whitespace().collect::<Vec<_>>(), ["+1", "-1", "~1"]);

    let status = |words: &[&str]| ask(&folder, &[&["diff"], words].concat()).status.code();
    assert_eq!(status(&["old", "old"]), Some(0));
    assert_eq!(status(&["old", "new", "--ignore", "A,CNAME"]), Some(1));
    assert_eq!(
        status(&["old", "new", "--ignore", "A,CNAME", "--ignore-serial"]),
        Some(0)
    );
    assert_eq!(
        status(&["old", "new", "--ignore", "A", "--ignore", "CNAME,SOA"]),
        Some(0)
    );
    assert_eq!(status(&["old", "other"]), Some(2));
    assert_eq!(status(&["old", "nothing"]), Some(10));
    fs::remove_dir_all(&folder).unwrap();
}

/// What ends in the middle of a signature, or has no digest, is told with its place and without a bar in a pipe.
#[test]
fn bad_input_is_told() {
    let folder = folder("bad");
    let key = draw_key(&folder);
    fs::write(folder.join("zone"), ZONE).unwrap();
    sign(&folder, "zone", "signed", &key, &[]);
    let text = fs::read_to_string(folder.join("signed")).unwrap();
    let within = text
        .find("RRSIG\tNS")
        .map(|at| at + text[at..].find(" example. ").unwrap() + 20)
        .unwrap();
    fs::write(folder.join("cut"), &text[..within]).unwrap();
    let line = text[..within].lines().count();
    for (words, status, complaint) in [
        (&["verify", "cut"][..], 2, format!("cut:{line}:")),
        (&["zonemd", "signed"], 2, "signed: no ZONEMD record".into()),
        (&["verify", "nothing"], 10, "cannot read nothing".into()),
        (
            &["sign", "zone", "--key", &key, "--zonemd", "MD5"],
            1,
            "SHA384 or SHA512 is wanted".into(),
        ),
        (
            &["sign", "zone", "--key", &key, "--refresh", "1"],
            1,
            "--previous".into(),
        ),
        (
            &[
                "sign",
                "zone",
                "--origin",
                "example.",
                "--key",
                &key,
                "--previous",
                "cut",
            ],
            2,
            format!("cut:{line}:"),
        ),
    ] {
        let output = ask(&folder, words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{words:?}: {said}");
        assert!(said.contains(&complaint), "{words:?}: {said}");
        assert!(!said.contains('\u{1B}') && !said.contains('\r'), "{said}");
    }
    // Signing the version that is there with its own serial is said to be unnoticed by secondaries.
    let changed = ZONE.replace("192.0.2.53", "192.0.2.54");
    fs::write(folder.join("changed"), changed).unwrap();
    let output = ask(
        &folder,
        &[
            "sign",
            "changed",
            "--origin",
            "example.",
            "--key",
            &key,
            "--previous",
            "signed",
        ],
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("serial 7 is that of the previous version"),
        "{said}"
    );
    fs::remove_dir_all(&folder).unwrap();
}
