use super::*;

fn present(hex: &str) -> String {
    let octets = data_encoding::HEXLOWER_PERMISSIVE
        .decode(hex.replace(' ', "").as_bytes())
        .unwrap();
    Present::new(Message::parse(&octets).unwrap()).to_string()
}

/// The expected text is what dig 9.18 printed when it was served these octets.
#[test]
fn rfc6891_opt_prints_as_dig_prints_it() {
    // BADCOOKIE; flags 0x8001; NSID "ns1", EDE 18 "no", EDE 99, padding of 4 octets, keepalive of 12.5 s, option 65001.
    let printed = present(
        "1234 8107 0000 0000 0000 0001 00 0029 04d0 01 00 8001 002a \
         0003 0003 6e7331 000f 0004 0012 6e6f 000f 0002 0063 000c 0004 00000000 000b 0002 007d fde9 0003 610062",
    );
    assert_eq!(
        printed,
        ";; ->>HEADER<<- opcode: QUERY, status: BADCOOKIE, id: 4660\n\
         ;; flags: qr rd; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n\
         ;; WARNING: recursion requested but not available\n\n\
         ;; OPT PSEUDOSECTION:\n\
         ; EDNS: version: 0, flags: do; MBZ: 0x0001, udp: 1232\n\
         ; NSID: 6e 73 31 (\"ns1\")\n\
         ; EDE: 18 (Prohibited): (no)\n\
         ; EDE: 99\n\
         ; PAD: (4 bytes)\n\
         ; TCP KEEPALIVE: 12.5 secs\n\
         ; OPT=65001: 61 00 62 (\"a.b\")\n"
    );
}
