//! Which servers are asked about which names (split DNS).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::config::{Config, Server};
use crate::cache::View;
use crate::wire::Name;

/// The groups of servers, and the domains that they are asked about.
#[derive(Debug)]
pub(super) struct Routes {
    by_suffix: BTreeMap<Name, View>,
    /// What `by_suffix` has for the root.
    default: View,
    groups: BTreeMap<View, Group>,
    next: u16,
}

/// Servers that are asked about the same names.
#[derive(Debug)]
pub(super) struct Group {
    /// The domain that they are asked about; the root for those that are asked about everything else.
    pub(super) suffix: Name,
    pub(super) servers: Vec<Server>,
    /// Whether they are those for everything else.
    default: bool,
}

impl Routes {
    pub(super) fn new(config: &Config) -> Self {
        let empty = Self {
            by_suffix: BTreeMap::new(),
            default: View::DEFAULT,
            groups: BTreeMap::new(),
            next: 1,
        };
        empty.renewed(config)
    }

    /// The routes of another configuration. A group that stays as it was keeps its number; no other number that was ever given
    /// is given again, unless there are none left: then all groups are new.
    pub(super) fn renewed(&self, config: &Config) -> Self {
        let of_routes = config
            .routes
            .iter()
            .map(|route| (&route.suffix, &route.servers, false));
        let root = Name::root();
        let wanted = of_routes.chain([(&root, &config.servers, true)]);
        let mut renewed = Self {
            by_suffix: BTreeMap::new(),
            default: View::DEFAULT,
            groups: BTreeMap::new(),
            next: self.next,
        };
        for (suffix, servers, default) in wanted {
            let same = |group: &Group| {
                group.suffix == *suffix && group.servers == *servers && group.default == default
            };
            let kept = self
                .groups
                .iter()
                .find(|(_, group)| same(group))
                .map(|(&view, _)| view);
            let view = match kept {
                Some(view) => view,
                None => {
                    let view = View(renewed.next);
                    renewed.next = renewed.next.wrapping_add(1);
                    view
                }
            };
            renewed.groups.insert(
                view,
                Group {
                    suffix: suffix.clone(),
                    servers: servers.clone(),
                    default,
                },
            );
            if default {
                renewed.by_suffix.entry(suffix.clone()).or_insert(view);
            } else {
                renewed.by_suffix.insert(suffix.clone(), view);
            }
        }
        renewed.default = renewed.by_suffix.get(&root).copied().unwrap_or(View::DEFAULT);
        renewed
    }

    /// Whether numbers may soon be given again.
    pub(super) const fn is_worn(&self) -> bool {
        self.next > u16::MAX / 2
    }

    /// The group that is asked about a name: that of the longest suffix.
    pub(super) fn of(&self, name: &Name) -> View {
        // The root is always there; without routes there is nothing else.
        if self.by_suffix.len() <= 1 {
            return self.default;
        }
        let mut suffix = Some(name.clone());
        while let Some(name) = suffix {
            if let Some(&view) = self.by_suffix.get(&name) {
                return view;
            }
            suffix = name.parent();
        }
        self.default
    }

    pub(super) fn group(&self, view: View) -> Option<&Group> {
        self.groups.get(&view)
    }

    /// All servers, some more than once.
    pub(super) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.groups.values().flat_map(|group| &group.servers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::Route;
    use super::*;

    fn server(last: u8) -> Vec<Server> {
        Vec::from([Server::new(([192, 0, 2, last], 53).into())])
    }

    fn config(routes: &[(&str, u8)]) -> Config {
        let route = |&(suffix, last): &(&str, u8)| Route {
            suffix: suffix.parse().unwrap(),
            servers: server(last),
        };
        Config {
            servers: server(1),
            routes: routes.iter().map(route).collect(),
            ..Config::default()
        }
    }

    fn asked(routes: &Routes, name: &str) -> Vec<Server> {
        routes
            .group(routes.of(&name.parse().unwrap()))
            .unwrap()
            .servers
            .clone()
    }

    #[test]
    fn firezone_1158_the_longest_suffix_wins_label_by_label() {
        let routes = Routes::new(&config(&[("corp.example", 2), ("lab.Corp.example", 3)]));
        assert_eq!(asked(&routes, "example."), server(1));
        assert_eq!(asked(&routes, "corp.example."), server(2));
        assert_eq!(asked(&routes, "www.CORP.example."), server(2));
        assert_eq!(asked(&routes, "a.b.lab.corp.example."), server(3));
        assert_eq!(asked(&routes, "xcorp.example."), server(1));
        assert_eq!(asked(&routes, "."), server(1));
        assert_eq!(asked(&Routes::new(&config(&[(".", 4)])), "example."), server(4));
    }

    #[test]
    fn a_group_that_stays_keeps_its_number_and_no_number_means_something_else_later() {
        let first = Routes::new(&config(&[("a", 2), ("b", 3)]));
        let second = first.renewed(&config(&[("b", 3), ("a", 4)]));
        let view = |routes: &Routes, name: &str| routes.of(&name.parse().unwrap());
        assert_eq!(view(&first, "b"), view(&second, "b"));
        assert_eq!(view(&first, "c"), view(&second, "c"));
        assert_ne!(view(&first, "a"), view(&second, "a"));
        assert!(second.group(view(&first, "a")).is_none());
        let third = second.renewed(&config(&[("a", 2)]));
        assert_ne!(view(&third, "a"), view(&first, "a"));
    }
}
