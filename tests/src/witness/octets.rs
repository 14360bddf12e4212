//! Octets on their way into and out of a stream.

use nameward_core::flow::FlowId;
use nameward_core::machine::Action;

use super::outbox::Outbox;

/// Octets that are added at the end and taken from the front.
///
/// What was taken is cut off lazily, when it is at least half of the buffer: each octet is moved once on average, however
/// small the pieces are in which it is taken. An empty queue holds no memory.
#[derive(Debug, Default)]
pub struct OctetQueue {
    octets: Vec<u8>,
    start: usize,
}

impl OctetQueue {
    /// What waits, in one run.
    pub fn waiting(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    /// How many octets wait.
    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// How many octets of memory this takes.
    pub fn capacity(&self) -> usize {
        self.octets.capacity()
    }

    /// Where to append. What is in there already must stay.
    pub const fn end(&mut self) -> &mut Vec<u8> {
        &mut self.octets
    }

    /// Takes `count` octets from the front, or all if there are fewer.
    pub fn take(&mut self, count: usize) {
        self.start += count.min(self.len());
        if self.start == self.octets.len() {
            *self = Self::default();
        } else if self.start >= self.octets.len() - self.start {
            self.octets.drain(..self.start);
            self.start = 0;
        }
    }

    /// Takes a frame from the front, if one is complete: two octets of length, then as many octets (as DNS over TCP does,
    /// RFC 1035 section 4.2.2).
    pub fn take_frame(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.waiting().split_first_chunk::<2>()?;
        let frame = rest.get(..usize::from(u16::from_be_bytes(*length)))?.to_vec();
        self.take(2 + frame.len());
        Some(frame)
    }
}

/// The frame of `parts`, one after the other; `None` if they are too long together.
pub fn frame(parts: &[&[u8]]) -> Option<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = u16::try_from(length).ok()?.to_be_bytes().to_vec();
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    Some(frame)
}

/// The output of one stream, which says [`Action::Writable`] once for each change from empty to filled.
#[derive(Debug, Default)]
pub struct StreamOutput {
    queue: OctetQueue,
    announced: bool,
}

impl StreamOutput {
    /// What waits to be written.
    pub fn waiting(&self) -> &[u8] {
        self.queue.waiting()
    }

    /// Where to append; [`announce`](Self::announce) afterwards.
    pub const fn end(&mut self) -> &mut Vec<u8> {
        self.queue.end()
    }

    /// How many octets of memory this takes.
    pub fn capacity(&self) -> usize {
        self.queue.capacity()
    }

    /// Tells the driver that there is something to write, unless it knows.
    pub fn announce<E>(&mut self, flow: FlowId, outbox: &mut Outbox<E>) {
        if !self.announced && !self.queue.is_empty() {
            self.announced = true;
            outbox.act(Action::Writable { flow });
        }
    }

    /// The stream took `count` octets.
    pub fn sent(&mut self, count: usize) {
        self.queue.take(count);
        self.announced = !self.queue.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is added and taken in whatever pieces, what waits is what was added and not taken.
        #[test]
        fn a_queue_is_a_queue(steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0usize..60), 0..40)) {
            let (mut queue, mut model) = (OctetQueue::default(), Vec::new());
            for (added, taken) in steps {
                queue.end().extend_from_slice(&added);
                model.extend_from_slice(&added);
                prop_assert_eq!(queue.waiting(), &model[..]);
                queue.take(taken);
                model.drain(..taken.min(model.len()));
                prop_assert_eq!(queue.waiting(), &model[..]);
                prop_assert!(queue.octets.len() <= 2 * model.len().max(1));
                prop_assert!(!model.is_empty() || queue.capacity() == 0);
            }
        }

        /// RFC 1035 section 4.2.2: the length alone says where a frame ends, however the stream is cut.
        #[test]
        fn rfc1035_4_2_2_frames_do_not_depend_on_how_the_stream_is_cut(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
            piece in 1usize..50,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| frame(&[message]).unwrap()).collect();
            let (mut queue, mut frames) = (OctetQueue::default(), Vec::new());
            for piece in stream.chunks(piece) {
                queue.end().extend_from_slice(piece);
                while let Some(frame) = queue.take_frame() {
                    frames.push(frame);
                }
            }
            prop_assert_eq!(frames, messages);
            prop_assert!(queue.is_empty());
        }
    }

    #[test]
    fn writable_is_said_once_for_each_change_from_empty_to_filled() {
        let flow = FlowId::from_u64(1);
        let (mut output, mut outbox) = (StreamOutput::default(), Outbox::<()>::new());
        let mut said = |output: &mut StreamOutput| {
            output.announce(flow, &mut outbox);
            outbox.poll(None) == nameward_core::machine::Output::Do(Action::Writable { flow })
        };
        assert!(!said(&mut output));
        output.end().extend_from_slice(b"ab");
        assert!(said(&mut output));
        output.end().push(b'c');
        assert!(!said(&mut output));
        output.sent(2);
        output.end().push(b'd');
        assert!(!said(&mut output));
        output.sent(2);
        output.end().push(b'e');
        assert!(said(&mut output));
    }
}
