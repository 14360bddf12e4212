//! Control entries: `$ORIGIN`, `$INCLUDE` (RFC 1035 section 5.1), `$TTL` (RFC 2308 section 4) and `$GENERATE` (BIND).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::generate::Generation;
use crate::text::scan::{Entry, TextError, TextErrorKind, Token};
use crate::wire::Name;

/// What a control entry says.
pub(super) enum Directive {
    /// Relative names are completed with this from now on.
    Origin(Name),
    /// Records without a TTL have this from now on.
    Ttl(u32),
    /// Another file belongs here. Without an origin of its own it has that of this file.
    Include { path: Box<[u8]>, origin: Option<Name> },
    /// Records that differ in numbers belong here.
    Generate(Generation),
}

/// Reads a control entry.
#[cold]
pub(super) fn read_directive(entry: &Entry<'_>, origin: &Name) -> Result<Directive, TextError> {
    const EXPECTED: &str = "$ORIGIN, $TTL, $INCLUDE or $GENERATE";
    let mut tokens = entry.tokens(Some(origin));
    let word = tokens.take(EXPECTED)?;
    let directive = if word.is_word("$ORIGIN") {
        Directive::Origin(name(&tokens.take("a name")?, origin)?)
    } else if word.is_word("$TTL") {
        Directive::Ttl(tokens.take("a TTL")?.seconds()?)
    } else if word.is_word("$INCLUDE") {
        let mut path = Vec::new();
        tokens.take("the name of a file")?.unescape(&mut path)?;
        let inner = match tokens.peek() {
            Some(_) => Some(name(&tokens.take("a name")?, origin)?),
            None => None,
        };
        Directive::Include {
            path: path.into_boxed_slice(),
            origin: inner,
        }
    } else if word.is_word("$GENERATE") {
        return Generation::read(&word, &mut tokens).map(Directive::Generate);
    } else {
        return Err(word.error(TextErrorKind::Directive, EXPECTED));
    };
    tokens.finish()?;
    Ok(directive)
}

fn name(token: &Token<'_>, origin: &Name) -> Result<Name, TextError> {
    let mut wire = Vec::new();
    token.name(Some(origin), &mut wire)?;
    Ok(Name::from_wire(&wire).unwrap_or_else(|_| Name::root()))
}
