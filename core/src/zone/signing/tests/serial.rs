//! Serials of versions that follow each other.

use super::*;

/// The policies of `dnssec-signzone -N`.
#[test]
fn rfc1982_the_next_serial_is_later() {
    // 2026-02-28T23:59:59Z, 2028-02-29T00:00:00Z and 2100-03-01T00:00:00Z.
    let moments = [1_772_323_199, 1_835_395_200, 4_107_542_400].map(UnixTime::from_secs);
    let dates = moments.map(|now| SerialPolicy::Date(now).next(0));
    assert_eq!(dates, [2_026_022_800, 2_028_022_900, 2_100_030_100]);
    for serial in [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, u32::MAX] {
        assert_eq!(SerialPolicy::Keep.next(serial), serial);
        assert_eq!(SerialPolicy::Increment.next(serial), serial.wrapping_add(1));
        for now in moments {
            for policy in [SerialPolicy::UnixTime(now), SerialPolicy::Date(now)] {
                let next = policy.next(serial);
                let ahead = next.wrapping_sub(serial);
                assert!(0 < ahead && ahead < 0x8000_0000, "{serial} {next}");
            }
        }
    }
    let now = moments[0];
    for (serial, expected) in [(7, 1_772_323_199), (1_772_323_198, 1_772_323_199)] {
        assert_eq!(SerialPolicy::UnixTime(now).next(serial), expected);
    }
    for serial in [1_772_323_199, 1_772_323_200, 2_000_000_000] {
        assert_eq!(SerialPolicy::UnixTime(now).next(serial), serial + 1);
    }
}
