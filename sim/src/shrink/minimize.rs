//! Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).

/// A smallest part of `items`, in their order, that still fails: without any one of it, it does not. All of them are known to fail.
pub(super) fn minimize<T: Clone>(items: &[T], mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    if items.is_empty() || fails(&[]) {
        return Vec::new();
    }
    let mut left = items.to_vec();
    let mut chunks = 2;
    while left.len() > 1 {
        let length = left.len().div_ceil(chunks);
        let without = (0..left.len()).step_by(length).find_map(|from| {
            let until = left.len().min(from + length);
            let rest = [&left[..from], &left[until..]].concat();
            fails(&rest).then_some(rest)
        });
        match without {
            Some(rest) => {
                left = rest;
                chunks = (chunks - 1).max(2);
            }
            None if length == 1 => break,
            None => chunks = (chunks * 2).min(left.len()),
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_left_and_nothing_else() {
        for needed in [
            &[][..],
            &[7],
            &[0, 99],
            &[3, 4, 5, 50],
            &[10, 20, 30, 40, 50, 60, 70, 80, 90],
        ] {
            let all: Vec<u32> = (0..100).collect();
            let mut runs = 0;
            let left = minimize(&all, |kept| {
                runs += 1;
                needed.iter().all(|number| kept.contains(number))
            });
            assert_eq!(left, needed);
            assert!(runs < 250, "{runs} runs for {needed:?}");
        }
    }
}
