//! Without a runtime: the test is the driver.

use super::*;
use crate::config::Occurrence;
use crate::task::application::{Application, Message};
use nameward_core::client::{LookupError, LookupId, Stub};
use nameward_core::machine::Misuse;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn resolver() -> (Resolver, Lookups) {
    let (desk, lookups) = Desk::new();
    let owner = Arc::new(Owner { desk });
    (Resolver { owner }, lookups)
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What the driver would be told next: `+` a look-up, `-` one that is cancelled.
fn next(lookups: &mut Lookups) -> Option<String> {
    let mut context = Context::from_waker(Waker::noop());
    match Application::<Stub>::poll_message(lookups, &mut context) {
        Poll::Pending => None,
        Poll::Ready(Message::Command { command, .. }) => Some(match command {
            Command::Lookup(lookup) => format!("+{}", lookup.id.0),
            Command::Cancel(LookupId(id)) => format!("-{id}"),
            Command::Reconfigure(_) => "reconfigure".to_owned(),
        }),
        Poll::Ready(Message::NetworkChanged) => Some("network".to_owned()),
        Poll::Ready(Message::Shutdown) => Some("shutdown".to_owned()),
    }
}

fn fail(lookups: &mut Lookups, id: u64) {
    let error = LookupError::NoServer;
    let event = Event::Failed {
        id: LookupId(id),
        error,
    };
    Application::<Stub>::occurred(lookups, Occurrence::Event(event));
}

#[test]
fn a_look_up_begins_when_it_is_polled_and_is_cancelled_when_it_is_dropped_before_its_end() {
    let (resolver, mut lookups) = resolver();
    drop(resolver.mx("example."));
    assert_eq!(next(&mut lookups), None);

    let mut dropped = resolver.mx("example.");
    let mut ended = resolver.mx("example.");
    assert!(poll(pin!(&mut dropped)).is_pending() && poll(pin!(&mut ended)).is_pending());
    assert!(poll(pin!(&mut dropped)).is_pending(), "it begins only once");
    fail(&mut lookups, 2);
    drop((dropped, ended));
    let told: Vec<_> = std::iter::from_fn(|| next(&mut lookups)).collect();
    assert_eq!(told, ["+1", "+2", "-1"]);
    // Nobody waits for it any more.
    fail(&mut lookups, 1);
}

#[test]
fn an_outcome_wakes_the_task_that_asked_last_and_is_given_once() {
    let (resolver, mut lookups) = resolver();
    let [before, now] = [0, 1].map(|_| Arc::new(Woken::default()));
    let mut lookup = resolver.mx("example.");
    for woken in [&before, &now] {
        let waker = Waker::from(Arc::clone(woken));
        assert!(
            pin!(&mut lookup)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    fail(&mut lookups, 1);
    let counts = [&before, &now].map(|woken| woken.0.load(Ordering::Relaxed));
    assert_eq!(counts, [0, 1]);
    let outcome = poll(pin!(&mut lookup));
    assert!(
        matches!(
            outcome,
            Poll::Ready(Err(ResolveError::Lookup(LookupError::NoServer)))
        ),
        "{outcome:?}"
    );
}

#[test]
fn the_driver_is_woken_for_each_thing_that_it_waits_for() {
    let (resolver, mut lookups) = resolver();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    for expected in 1..=3 {
        let mut context = Context::from_waker(&waker);
        assert!(Application::<Stub>::poll_message(&mut lookups, &mut context).is_pending());
        resolver.network_changed();
        resolver.network_changed();
        assert_eq!(woken.0.load(Ordering::Relaxed), expected);
        assert_eq!(next(&mut lookups).as_deref(), Some("network"));
        assert_eq!(next(&mut lookups).as_deref(), Some("network"));
    }
}

#[test]
fn the_last_resolver_or_look_up_shuts_the_driver_down() {
    let (resolver, mut lookups) = resolver();
    let lookup = resolver.clone().lookup_ip("www.example.");
    drop(resolver.clone());
    drop(resolver);
    assert_eq!(next(&mut lookups), None);
    drop(lookup);
    assert_eq!(next(&mut lookups).as_deref(), Some("shutdown"));
}

#[test]
fn whoever_waits_for_a_driver_that_is_dropped_learns_it() {
    let (resolver, mut lookups) = resolver();
    let [mut taken, mut waiting] = [0, 1].map(|_| resolver.mx("example."));
    assert!(poll(pin!(&mut taken)).is_pending());
    assert_eq!(next(&mut lookups).as_deref(), Some("+1"));
    let mut reconfigure = Box::pin(resolver.reconfigure(Config::default()));
    assert!(poll(reconfigure.as_mut()).is_pending() && poll(pin!(&mut waiting)).is_pending());
    let mut shutdown = Box::pin(resolver.shutdown());
    assert!(poll(shutdown.as_mut()).is_pending());
    drop(lookups);
    assert!(poll(shutdown.as_mut()).is_ready());
    for lookup in [&mut taken, &mut waiting, &mut resolver.mx("example.")] {
        let outcome = poll(pin!(lookup));
        assert!(
            matches!(outcome, Poll::Ready(Err(ResolveError::Stopped))),
            "{outcome:?}"
        );
    }
    for command in [
        &mut reconfigure,
        &mut Box::pin(resolver.reconfigure(Config::default())),
    ] {
        let outcome = poll(command.as_mut());
        assert!(
            matches!(outcome, Poll::Ready(Err(ResolveError::Stopped))),
            "{outcome:?}"
        );
    }
    assert_eq!(format!("{resolver:?}"), "Resolver { is_stopped: true }");
}

#[test]
fn what_the_machine_refuses_fails_the_look_up_and_what_is_no_name_is_not_shown_to_it() {
    let (resolver, mut lookups) = resolver();
    let mut unaskable = resolver.mx("a..example");
    assert!(matches!(
        poll(pin!(&mut unaskable)),
        Poll::Ready(Err(ResolveError::Query(_)))
    ));
    assert_eq!(next(&mut lookups), None);
    let mut refused = resolver.mx("example.");
    assert!(poll(pin!(&mut refused)).is_pending());
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Message::Command { asker, .. }) =
        Application::<Stub>::poll_message(&mut lookups, &mut context)
    else {
        panic!("a look-up was asked for")
    };
    let misuse = Misuse::Impossible("a zone transfer is no look-up");
    Application::<Stub>::answer(&mut lookups, asker, Err(misuse));
    assert!(matches!(
        poll(pin!(&mut refused)),
        Poll::Ready(Err(ResolveError::Misuse(_)))
    ));
}

#[test]
fn a_prefix_is_looked_up_in_a_window_and_answered_in_order() {
    let (resolver, mut lookups) = resolver();
    let mut names = resolver.reverse_prefix("10.0.0.0/8".parse().unwrap());
    assert!(poll(pin!(names.next())).is_pending());
    let begun = std::iter::from_fn(|| next(&mut lookups)).count();
    assert_eq!(begun, crate::resolver::PREFIX_WINDOW);
    for (ended, first) in [(2, None), (1, Some([10, 0, 0, 0])), (3, Some([10, 0, 0, 1]))] {
        fail(&mut lookups, ended);
        let next = poll(pin!(names.next()));
        match first {
            None => assert!(next.is_pending()),
            Some(octets) => {
                let Poll::Ready(Some((address, Err(_)))) = next else {
                    panic!("{next:?}")
                };
                assert_eq!(address, IpAddr::from(octets));
            }
        }
    }
    drop(names);
    let told: Vec<_> = std::iter::from_fn(|| next(&mut lookups)).collect();
    let (cancelled, begun): (Vec<_>, Vec<_>) = told.iter().partition(|told| told.starts_with('-'));
    // After the first was given out, another one was begun. Two were given out, and the third had ended.
    let left = crate::resolver::PREFIX_WINDOW + 1 - 3;
    assert_eq!((begun.len(), cancelled.len()), (1, left));
}

/// More than the machine takes wait for their turn; none of them is an error.
#[test]
fn look_ups_beyond_the_most_at_once_begin_when_others_end_or_are_given_up() {
    let (resolver, mut lookups) = resolver();
    let mut begun: Vec<_> = (0..desk::MOST_AT_ONCE + 3)
        .map(|_| resolver.mx("example."))
        .collect();
    for lookup in &mut begun {
        assert!(poll(pin!(lookup)).is_pending());
    }
    let most = desk::MOST_AT_ONCE as u64;
    let told: Vec<_> = std::iter::from_fn(|| next(&mut lookups)).collect();
    assert_eq!(
        (told.len(), told.last()),
        (desk::MOST_AT_ONCE, Some(&format!("+{most}")))
    );

    // The first of those that wait is given up, then one that is under way, and one ends.
    drop(begun.remove(desk::MOST_AT_ONCE));
    assert_eq!(next(&mut lookups), None);
    drop(begun.remove(0));
    let told: Vec<_> = std::iter::from_fn(|| next(&mut lookups)).collect();
    assert_eq!(told, ["-1".to_owned(), format!("+{}", most + 2)]);
    fail(&mut lookups, 1);
    assert_eq!(next(&mut lookups), None, "what was given up does not end again");
    fail(&mut lookups, 2);
    assert_eq!(next(&mut lookups), Some(format!("+{}", most + 3)));
}
