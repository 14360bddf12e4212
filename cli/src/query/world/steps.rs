//! The steps of a resolution in dig's words: what each server sent, who it was, and how long it took.

use nameward_core::machine::Proto;
use nameward_core::recursor::{Said, Step};
use nameward_core::wire::Section;

use super::super::Place;
use crate::present::Present;

/// A step as `dig +trace` prints it: the records of the answer and of the authority section, and a line about the server. What dig has no
/// words for stands in a comment.
pub(super) fn present(step: &Step) -> String {
    let mut text = String::new();
    if step.depth > 0 {
        let indent = ">".repeat(step.depth.into());
        text += &format!(
            ";; {indent} where is {}? ({})\n",
            step.question.name, step.question.rtype
        );
    }
    let Some(reply) = &step.reply else {
        let why = match &step.said {
            Said::Trouble(trouble) => trouble.to_string(),
            _ => String::new(),
        };
        return text + &format!(";; No reply from {}: {why}\n\n", from(step));
    };
    let message = Present::new(reply.message.view());
    text += &message.records(Section::Answer).to_string();
    text += &message.records(Section::Authority).to_string();
    text += &format!(
        ";; Received {} bytes from {} in {} ms\n",
        reply.message.as_bytes().len(),
        from(step),
        reply.round_trip.as_millis()
    );
    match &step.said {
        Said::Lame(why) => text += &format!(";; It does not know {}: {why}\n", step.zone),
        Said::Trouble(trouble) => text += &format!(";; It is of no use: {trouble}\n"),
        Said::Alias(name) => text += &format!(";; On from the root with {name}\n"),
        Said::Referral(_) | Said::Outcome(_) => {}
    }
    text + "\n"
}

/// The server of a step in the words of dig's line `SERVER`.
pub(super) fn server(step: &Step) -> String {
    let proto = match step.reply.as_ref().map(|reply| reply.proto) {
        Some(Proto::Stream) => "TCP",
        Some(Proto::Datagram) | None => "UDP",
    };
    format!("{} ({proto})", from(step))
}

fn from(step: &Step) -> String {
    format!("{}({})", Place(step.address), step.server)
}
