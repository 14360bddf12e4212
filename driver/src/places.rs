//! Places for the streams of clients, of which several drivers give away together.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use nameward_core::server::session::Client;

/// How many streams each client may have of all drivers that share this.
///
/// The system spreads the connections of a client over all who listen at the same address, so that none of them sees how many there are.
#[derive(Debug)]
pub struct Places {
    most: u32,
    /// Only clients with streams are here.
    taken: Mutex<BTreeMap<Client, u32>>,
}

impl Places {
    /// Places for so many streams of each client.
    pub const fn new(most: u32) -> Self {
        Self {
            most,
            taken: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes a place for a stream of the client at this address, if it has not all of its own.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let client = Client::of(address);
        self.change(client, |count| {
            let has_room = *count < self.most;
            *count += u32::from(has_room);
            has_room
        })
        .then(|| Place {
            of: Arc::clone(self),
            client,
        })
    }

    fn change<T>(&self, client: Client, change: impl FnOnce(&mut u32) -> T) -> T {
        // Nothing panics while it is locked.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(client).or_default();
        let result = change(count);
        if *count == 0 {
            taken.remove(&client);
        }
        result
    }
}

/// A place that is taken. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: Arc<Places>,
    client: Client,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Invariant: it was counted when it was taken, and once.
        self.of.change(self.client, |count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_so_many_places_and_a_place_that_is_given_back_is_free() {
        let places = Arc::new(Places::new(2));
        let take = |address: &str| places.take(address.parse().unwrap());
        let (first, second) = (take("2001:db8::1"), take("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(take("2001:db8::3").is_none());
        assert!(take("2001:db8:0:1::3").is_some());
        assert!(take("192.0.2.1").is_some());
        drop(first);
        let third = take("2001:db8::3");
        assert!(third.is_some() && take("2001:db8::4").is_none());
        drop((second, third));
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
