//! Decisions in words.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use nameward_core::time::Instant;

use super::{Choice, Decision, Decisions, Occasion, Site};

/// A line that is no decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionError {
    /// The line, from 1.
    pub line: u32,
    /// What it says.
    pub text: String,
}

impl fmt::Display for DecisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, text } = self;
        write!(
            f,
            "line {line} is no decision: {text:?}; write `site subject #number: choice`"
        )
    }
}

impl core::error::Error for DecisionError {}

impl Site {
    const ALL: [Self; 10] = [
        Self::Crossing,
        Self::Copy,
        Self::Connection,
        Self::Piece,
        Self::Reading,
        Self::Timer,
        Self::Drain,
        Self::Store,
        Self::Attack,
        Self::Host,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Copy => "copy",
            Self::Connection => "connection",
            Self::Piece => "piece",
            Self::Reading => "reading",
            Self::Timer => "timer",
            Self::Drain => "drain",
            Self::Store => "store",
            Self::Attack => "attack",
            Self::Host => "host",
        }
    }
}

/// Seconds with as many decimals as there are.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:09}", self.0.subsec_nanos());
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}", self.0.as_secs()),
            decimals => write!(f, "{}.{decimals}", self.0.as_secs()),
        }
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 9 || !decimals.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: u32 = format!("{decimals:0<9}").parse().ok()?;
    Some(Duration::new(whole.parse().ok()?, nanoseconds))
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            site,
            subject,
            occasion,
            choice,
        } = self;
        write!(f, "{} {subject} ", site.word())?;
        match occasion {
            Occasion::Number(number) => write!(f, "#{number}")?,
            Occasion::At(at) => write!(f, "@{}", Seconds(at.since(Instant::ZERO)))?,
        }
        write!(f, ": {choice}")
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("lost"),
            Self::LostInBurst => f.write_str("lost-in-burst"),
            Self::Doubled => f.write_str("doubled"),
            Self::Late(by) => write!(f, "late {}", Seconds(*by)),
            Self::Overtaken(by) => write!(f, "overtaken {}", Seconds(*by)),
            Self::Delayed(by) => write!(f, "delayed {}", Seconds(*by)),
            Self::Altered(edit) => write!(f, "altered {edit}"),
            Self::Resent(times) => write!(f, "resent {times}"),
            Self::Reset => f.write_str("reset"),
            Self::Stalled => f.write_str("stalled"),
            Self::HalfClosed => f.write_str("half-closed"),
            Self::Refused => f.write_str("refused"),
            Self::Shut => f.write_str("shut"),
            Self::Piece(length) => write!(f, "piece {length}"),
            Self::Failed { full: true, kept } => write!(f, "failed-full {kept}"),
            Self::Failed { full: false, kept } => write!(f, "failed {kept}"),
            Self::Forged(number) => write!(f, "forged {number}"),
            Self::Crashed(down) => write!(f, "crashed {}", Seconds(*down)),
            Self::Ticked => f.write_str("ticked"),
            Self::Stepped(by) => write!(f, "stepped {by}"),
            Self::Moved => f.write_str("moved"),
            Self::Paused(how_long) => write!(f, "paused {}", Seconds(*how_long)),
            Self::Frozen(how_long) => write!(f, "frozen {}", Seconds(*how_long)),
        }
    }
}

fn choice(text: &str) -> Option<Choice> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match (word, rest) {
        ("lost", "") => Choice::Lost,
        ("lost-in-burst", "") => Choice::LostInBurst,
        ("doubled", "") => Choice::Doubled,
        ("late", by) => Choice::Late(seconds(by)?),
        ("overtaken", by) => Choice::Overtaken(seconds(by)?),
        ("delayed", by) => Choice::Delayed(seconds(by)?),
        ("altered", edit) => Choice::Altered(edit.parse().ok()?),
        ("resent", times) => Choice::Resent(times.parse().ok()?),
        ("reset", "") => Choice::Reset,
        ("stalled", "") => Choice::Stalled,
        ("half-closed", "") => Choice::HalfClosed,
        ("refused", "") => Choice::Refused,
        ("shut", "") => Choice::Shut,
        ("piece", length) => Choice::Piece(length.parse().ok()?),
        ("failed-full", kept) => Choice::Failed {
            full: true,
            kept: kept.parse().ok()?,
        },
        ("failed", kept) => Choice::Failed {
            full: false,
            kept: kept.parse().ok()?,
        },
        ("forged", number) => Choice::Forged(number.parse().ok()?),
        ("crashed", down) => Choice::Crashed(seconds(down)?),
        ("ticked", "") => Choice::Ticked,
        ("stepped", by) => Choice::Stepped(by.parse().ok()?),
        ("moved", "") => Choice::Moved,
        ("paused", how_long) => Choice::Paused(seconds(how_long)?),
        ("frozen", how_long) => Choice::Frozen(seconds(how_long)?),
        _ => return None,
    })
}

fn decision(line: &str) -> Option<Decision> {
    let (place, what) = line.rsplit_once(": ")?;
    let (place, occasion) = place.rsplit_once(' ')?;
    let (word, subject) = place.split_once(' ')?;
    let occasion = match occasion.split_at_checked(1)? {
        ("#", number) => Occasion::Number(number.parse().ok()?),
        ("@", at) => Occasion::At(Instant::ZERO.after(seconds(at)?)),
        _ => return None,
    };
    Some(Decision {
        site: Site::ALL.into_iter().find(|site| site.word() == word)?,
        subject: subject.into(),
        occasion,
        choice: choice(what)?,
    })
}

/// One decision a line; empty lines are left out.
impl FromStr for Decisions {
    type Err = DecisionError;

    fn from_str(text: &str) -> Result<Self, DecisionError> {
        let lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                decision(line.trim()).ok_or_else(|| DecisionError {
                    line: number,
                    text: line.into(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Edit;

    #[test]
    fn every_choice_reads_back_as_it_was_written() {
        let moment = Duration::new(3, 20_000_000);
        let choices = [
            Choice::Lost,
            Choice::LostInBurst,
            Choice::Doubled,
            Choice::Late(Duration::from_nanos(1)),
            Choice::Overtaken(moment),
            Choice::Delayed(Duration::from_secs(10)),
            Choice::Altered(Edit::Flip { at: 13, bit: 5 }),
            Choice::Resent(2),
            Choice::Reset,
            Choice::Stalled,
            Choice::HalfClosed,
            Choice::Refused,
            Choice::Shut,
            Choice::Piece(3),
            Choice::Failed { full: true, kept: 0 },
            Choice::Failed { full: false, kept: 9 },
            Choice::Forged(4),
            Choice::Crashed(moment),
            Choice::Ticked,
            Choice::Stepped(-100),
            Choice::Moved,
            Choice::Paused(moment),
            Choice::Frozen(moment),
        ];
        let mut lines = 0;
        for choice in choices {
            for site in Site::ALL {
                for occasion in [Occasion::Number(7), Occasion::At(Instant::ZERO.after(moment))] {
                    let subject = "server 1 -> the: client".into();
                    let decision = Decision {
                        site,
                        subject,
                        occasion,
                        choice: choice.clone(),
                    };
                    assert_eq!(super::decision(&decision.to_string()), Some(decision));
                    lines += 1;
                }
            }
        }
        assert_eq!(lines, 23 * 10 * 2);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for wrong in [
            "crossing a",
            "crossing a #x: lost",
            "crossing a #1: lost 3",
            "way a #1: lost",
            "timer a #1: late 1.x",
        ] {
            let error = format!("\n{wrong}").parse::<Decisions>().unwrap_err();
            assert_eq!(
                error,
                DecisionError {
                    line: 2,
                    text: wrong.into()
                }
            );
        }
    }
}
