//! What is said on the streams of clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::Proto;

use crate::packets::messages;
use crate::serving::truth::{Asked, Oracle, Versions};

/// The streams that clients opened.
#[derive(Default)]
pub(super) struct Streams(BTreeMap<FlowId, Stream>);

struct Stream {
    peer: SocketAddr,
    listener: ListenerId,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// What was asked and not answered yet, with the number of the versions that were in force then.
    queries: Vec<(usize, Asked)>,
}

impl Streams {
    pub(super) fn opened(&mut self, flow: FlowId, listener: ListenerId, peer: SocketAddr) {
        let stream = Stream {
            peer,
            listener,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            queries: Vec::new(),
        };
        self.0.insert(flow, stream);
    }

    /// A stream has ended: the queries that were not answered.
    pub(super) fn ended(&mut self, flow: FlowId) -> impl Iterator<Item = Asked> + use<> {
        let stream = self.0.remove(&flow).into_iter();
        stream.flat_map(|stream| stream.queries.into_iter().map(|(_, asked)| asked))
    }

    /// Octets came, while the versions with this number are in force: the queries that are whole now.
    pub(super) fn received(&mut self, flow: FlowId, octets: &[u8], versions: usize) -> Vec<Asked> {
        let Some(stream) = self.0.get_mut(&flow) else {
            return Vec::new();
        };
        let whole = messages(&mut stream.incoming, octets)
            .into_iter()
            .map(|data| Asked {
                peer: stream.peer,
                listener: stream.listener,
                proto: Proto::Stream,
                data,
            });
        let whole: Vec<_> = whole.collect();
        stream
            .queries
            .extend(whole.iter().map(|asked| (versions, asked.clone())));
        whole
    }

    /// How many queries of this client are not answered, and how many of all.
    pub(super) fn waiting(&self, client: SocketAddr) -> (usize, usize) {
        let count = |of: &dyn Fn(&Stream) -> bool| {
            let streams = self.0.values().filter(|stream| of(stream));
            streams.map(|stream| stream.queries.len()).sum()
        };
        (count(&|stream| stream.peer.ip() == client.ip()), count(&|_| true))
    }

    /// Whether a client asked this on a stream, and waits.
    pub(super) fn asked(&self, peer: SocketAddr, data: &[u8]) -> bool {
        let mut of_peer = self.0.values().filter(|stream| stream.peer == peer);
        of_peer.any(|stream| stream.queries.iter().any(|(_, asked)| asked.data == data))
    }

    /// The server said something: says in a word what each reply is that is whole now.
    ///
    /// # Errors
    ///
    /// The rule that one breaks.
    pub(super) fn sent(
        &mut self,
        flow: FlowId,
        octets: &[u8],
        oracle: &Oracle,
        versions: &[Versions],
    ) -> Result<Vec<&'static str>, String> {
        let Some(stream) = self.0.get_mut(&flow) else {
            return Err(format!("INV-14: octets on {flow}, which is not open"));
        };
        let mut words = Vec::new();
        for reply in messages(&mut stream.outgoing, octets) {
            words.push(stream.replied(&reply, oracle, versions)?);
        }
        Ok(words)
    }
}

impl Stream {
    /// Finds the query that a reply answers: what was in force when it was taken is one of what has been since it came.
    fn replied(
        &mut self,
        reply: &[u8],
        oracle: &Oracle,
        versions: &[Versions],
    ) -> Result<&'static str, String> {
        let mut objection = None;
        let mut seen: Vec<&[u8]> = Vec::new();
        for (at, (since, asked)) in self.queries.iter().enumerate() {
            if reply.get(..2) != Some(asked.id()) || seen.contains(&&asked.data[..]) {
                continue;
            }
            seen.push(&asked.data);
            for &versions in &versions[*since..] {
                match oracle.due(versions, asked).map(|due| due.check(asked, reply)) {
                    Ok(Ok(word)) => {
                        self.queries.remove(at);
                        return Ok(word);
                    }
                    Ok(Err(broken)) => objection = objection.or(Some(broken)),
                    Err(why) => {
                        let ignored = Oracle::denied(asked) == Some("a response");
                        let rule = if ignored { "P11" } else { "INV-14" };
                        objection = objection
                            .or_else(|| Some(format!("{rule}: answered, though to be ignored: {why}")));
                    }
                }
            }
        }
        let nobody = || format!("INV-14: a reply that nobody on the stream waits for: {reply:02x?}");
        Err(objection.unwrap_or_else(nobody))
    }
}
