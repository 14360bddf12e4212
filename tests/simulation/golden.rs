//! Runs that are written down: whatever profile and platform they are built for, they go as they did.
//!
//! A change of behaviour changes the file, on purpose, and is named in the changelog.

/// Runs the seeds of a file with a seed and a hash on each line, and compares the hashes.
///
/// # Panics
///
/// A hash differs. The message is the new file.
pub(crate) fn assert_same(file: &str, run: impl Fn(u64) -> u128) {
    let golden: Vec<(u64, u128)> = file
        .lines()
        .map(|line| {
            let (seed, hash) = line.split_once(' ').expect("a seed and a hash");
            let seed = seed.parse().expect("a seed is a number");
            (
                seed,
                u128::from_str_radix(hash, 16).expect("a hash is hexadecimal"),
            )
        })
        .collect();
    assert_eq!(golden.len(), 20);
    let now: Vec<_> = golden.iter().map(|&(seed, _)| (seed, run(seed))).collect();
    let lines: String = now
        .iter()
        .map(|(seed, hash)| format!("{seed} {hash:032x}\n"))
        .collect();
    assert!(
        now == golden,
        "seeds run differently; if that is meant, this is the new file:\n{lines}"
    );
}
