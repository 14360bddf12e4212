//! The search list: which names a relative name stands for (`resolv.conf(5)`, RFC 1535 section 6).

use smallvec::SmallVec;

use crate::wire::Name;

/// The names to try for `name`, in order, as the GNU C library tries them: as it is first if it has at least `ndots` dots,
/// else last. An absolute name stands for itself only.
///
/// With `no_top_level`, a name of one label is not tried as it is, unless there is no search list.
pub(super) fn candidates(
    name: &Name,
    relative: bool,
    search: &[Name],
    ndots: u8,
    no_top_level: bool,
) -> SmallVec<[Name; 1]> {
    if !relative {
        return SmallVec::from_buf([name.clone()]);
    }
    let dots = name.label_count().saturating_sub(1);
    let as_it_is_first = dots >= ndots;
    let mut names = SmallVec::new();
    let mut add = |candidate: Option<Name>| {
        if let Some(candidate) = candidate.filter(|candidate| !names.contains(candidate)) {
            names.push(candidate);
        }
    };
    let as_it_is = (dots > 0 || !no_top_level || search.is_empty()).then(|| name.clone());
    if as_it_is_first {
        add(as_it_is.clone());
    }
    // With a suffix that makes it too long the name stands for nothing.
    search.iter().for_each(|suffix| add(name.join(suffix)));
    add(as_it_is);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn tried(name: &str, search: &[&str], ndots: u8) -> Vec<String> {
        let search: Vec<Name> = search.iter().map(|suffix| suffix.parse().unwrap()).collect();
        let relative = !name.ends_with('.');
        let names = candidates(&name.parse().unwrap(), relative, &search, ndots, false);
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn resolv_conf_5_ndots_decides_whether_a_name_is_tried_as_it_is_first() {
        let both = &["a.example", "b.example"];
        assert_eq!(
            tried("www", both, 1),
            ["www.a.example.", "www.b.example.", "www."]
        );
        assert_eq!(
            tried("www.x", both, 1),
            ["www.x.", "www.x.a.example.", "www.x.b.example."]
        );
        assert_eq!(
            tried("www.x", both, 2),
            ["www.x.a.example.", "www.x.b.example.", "www.x."]
        );
        assert_eq!(
            tried("www", both, 0),
            ["www.", "www.a.example.", "www.b.example."]
        );
    }

    #[test]
    fn netty_6844_a_name_with_a_last_dot_is_tried_as_it_is_and_no_other_way() {
        assert_eq!(tried("www.", &["a.example"], 1), ["www."]);
        assert_eq!(tried("www.x.", &["a.example"], 5), ["www.x."]);
        assert_eq!(tried(".", &["a.example"], 1), ["."]);
    }

    #[test]
    fn kubernetes_56903_five_dots_try_the_whole_list_before_the_name() {
        let list = &["default.svc.cluster.local", "svc.cluster.local", "cluster.local"];
        let names = tried("www.example.com", list, 5);
        assert_eq!(names.len(), 4);
        assert_eq!(names.last().unwrap(), "www.example.com.");
    }

    #[test]
    fn the_root_in_the_list_stands_for_the_name_as_it_is_and_it_is_tried_once() {
        assert_eq!(
            tried("www", &["a.example", ".", "b.example"], 1),
            ["www.a.example.", "www.", "www.b.example."]
        );
    }

    #[test]
    fn a_name_that_a_suffix_makes_too_long_is_left_out() {
        let long = [
            String::from("a").repeat(63),
            String::from("b").repeat(63),
            String::from("c").repeat(63),
        ]
        .join(".");
        let suffix = String::from("d").repeat(62);
        assert_eq!(tried(&long, &[&suffix, "short"], 5).len(), 2);
    }

    #[test]
    fn resolv_conf_5_no_tld_query_keeps_single_labels_from_the_root_servers() {
        let name: Name = "www".parse().unwrap();
        let search = ["a.example".parse().unwrap()];
        let candidates = |relative, search: &[Name]| candidates(&name, relative, search, 1, true).into_vec();
        assert_eq!(
            candidates(true, &search),
            ["www.a.example".parse::<Name>().unwrap()]
        );
        assert_eq!(candidates(true, &[]), core::slice::from_ref(&name));
        assert_eq!(candidates(false, &search), core::slice::from_ref(&name));
    }

    proptest! {
        #[test]
        fn no_name_is_tried_twice_and_there_is_always_one(name in "([ab]\\.){0,3}[ab]", search in prop::collection::vec("([ab]\\.){1,2}", 0..5), ndots in 0u8..4) {
            let search: Vec<&str> = search.iter().map(String::as_str).collect();
            let names = tried(&name, &search, ndots);
            let mut once = names.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), names.len());
            let as_it_is = name + ".";
            prop_assert!(names.contains(&as_it_is));
        }
    }
}
