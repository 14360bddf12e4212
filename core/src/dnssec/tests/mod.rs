mod denials;
mod keys;
#[cfg(feature = "crypto")]
mod signatures;

use crate::wire::Name;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}
