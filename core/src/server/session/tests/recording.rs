//! What a recording holds of a session's configuration.

use alloc::vec;

use super::*;
use crate::server::respond::{Access, AccessRule, AccessRules, ResponderConfig};
use crate::trace::{Reader, Record};
use crate::tsig::{Algorithm, Key, KeyConfig, Keys};

#[test]
fn a_recording_holds_the_whole_configuration_of_responses() {
    let key = |name: &str, algorithm| {
        let config = KeyConfig {
            mac_length: 16,
            ..KeyConfig::new(name.parse().unwrap(), algorithm, b"secret")
        };
        Key::new(config).unwrap()
    };
    let config = ResponderConfig {
        nsid: b"ns1".to_vec(),
        keys: Keys::new([
            key("One.example", Algorithm::HmacSha256),
            key("two.example", Algorithm::HmacSha256To128),
        ]),
        notify: AccessRules {
            rules: vec![AccessRule {
                key: Some("one.example".parse().unwrap()),
                ..AccessRule::default()
            }],
            otherwise: Access::Drop,
        },
        ..ResponderConfig::default()
    };
    config.validate().unwrap();
    let mut octets = Vec::new();
    config.encode(&mut octets);
    let mut reader = Reader::new(&octets);
    assert_eq!(ResponderConfig::decode(&mut reader), Ok(config));
    assert!(reader.rest().is_empty());
    for end in 0..octets.len() {
        assert!(ResponderConfig::decode(&mut Reader::new(&octets[..end])).is_err());
    }
}
