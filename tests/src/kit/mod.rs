//! What every adapter has to do: scenarios that are written once and run on each runtime, with real sockets on loopback.
//!
//! The machine is a [`Puppet`](puppet::Puppet): the scenario pulls its strings, and the puppet tells what it hears. The rest
//! of the world is played by the scenario with blocking sockets. A scenario waits for what must happen and then looks
//! whether that was all: it never waits for a while.
//!
//! [`conformance!`](crate::conformance) makes one test of each scenario for an adapter.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "the kit is about the system"
)]

pub mod adapter;
pub mod async_std;
pub mod datagrams;
pub mod listeners;
pub mod mio;
pub mod puppet;
pub mod resources;
pub mod stage;
pub mod storage;
pub mod streams;
pub mod time;
pub mod tokio;

/// One test of each scenario, for an adapter.
#[macro_export]
macro_rules! conformance {
    ($adapter:ty) => {
        $crate::conformance! { $adapter:
            datagrams: only_the_remote_is_heard, a_refusal_is_advice,
                a_refusal_of_one_datagram_costs_no_other, a_flow_that_cannot_be_opened_is_closed,
                nothing_is_delivered_after_close, actions_for_ended_flows_are_dropped, reading_can_be_paused,
                every_flow_has_a_port_of_its_own, a_flow_hears_nothing_of_the_one_before;
            streams: bytes_may_be_queued_before_the_stream_is_open, eight_megabytes_return_through_small_buffers,
                we_may_finish_first, the_peer_may_finish_first, a_refused_connection_is_closed,
                a_reset_is_told_after_what_came_before, a_detached_stream_has_everything_unread;
            listeners: a_wildcard_listener_replies_from_the_address_that_was_asked,
                a_reply_needs_no_source_address, a_burst_of_requests_is_heard_whole, accepted_flows_have_the_lane_of_their_listener,
                accepting_can_be_paused;
            time: the_clock_wakes_and_not_the_timer, a_deadline_that_passed_unnoticed_is_noticed_with_the_next_packet,
                time_does_not_go_back, nothing_is_waited_for_while_something_is_wanted,
                a_busy_flow_starves_neither_flows_nor_timers;
            storage: what_is_stored_is_there, without_a_store_nothing_is_stored,
                a_missing_directory_is_a_broken_device, what_is_asked_is_stored_before_the_end;
            resources: descriptors_return_to_the_base_line, a_want_of_descriptors_is_survived,
                what_is_not_wanted_costs_no_turns,
                shutting_down_closes_every_flow, misuse_reaches_the_caller;
        }
    };
    ($adapter:ty: $($room:ident: $($scenario:ident),+;)+) => {
        $($(
            #[test]
            fn $scenario() {
                $crate::kit::$room::$scenario::<$adapter>();
            }
        )+)+
    };
}
