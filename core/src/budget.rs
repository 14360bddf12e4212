//! What one question may still cost.
//!
//! A [`Budget`] belongs to the client's question and is passed as `&mut` through everything that the question causes. It is
//! never refilled. Who sends, verifies or hashes must show a [`Debit`], and only a budget makes one, so a path that forgets
//! to ask does not compile.

use core::marker::PhantomData;

use crate::limits::Limits;
use crate::time::Instant;

/// The remaining work of one question. It can be neither copied nor refilled.
#[derive(Debug)]
pub struct Budget {
    deadline: Instant,
    packets: u16,
    octets: u32,
    crypto_units: u32,
    signature_checks: u16,
    failed_signature_checks: u16,
    nsec3_hashes: u16,
    aliases: u8,
    nesting: u8,
    depth: u8,
}

/// What is paid for by a [`Debit`].
pub trait Payable: sealed::Sealed {}

/// One datagram, one connection, or one message on a stream.
#[derive(Debug)]
pub enum Packet {}
/// One check of a signature.
#[derive(Debug)]
pub enum Verification {}
/// The hashing of one owner name by NSEC3.
#[derive(Debug)]
pub enum Nsec3Hash {}

mod sealed {
    #[expect(unnameable_types, reason = "that nobody can name it is what seals the trait")]
    pub trait Sealed {}
    impl Sealed for super::Packet {}
    impl Sealed for super::Verification {}
    impl Sealed for super::Nsec3Hash {}
}
impl Payable for Packet {}
impl Payable for Verification {}
impl Payable for Nsec3Hash {}

/// The receipt for one piece of work. Who does the work takes it by value.
///
/// ```compile_fail
/// use nameward_core::budget::{Debit, Packet};
/// let forged: Debit<Packet> = Debit(core::marker::PhantomData);
/// ```
#[derive(Debug)]
#[must_use = "the work is paid for: do it"]
pub struct Debit<Work: Payable>(PhantomData<Work>);

/// Which limit a question reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Exhausted {
    /// [`Limits::time`].
    #[error("the time for this question is over")]
    Time,
    /// [`Limits::packets`].
    #[error("the question has caused too many packets")]
    Packets,
    /// [`Limits::octets`].
    #[error("the replies to the question are too large together")]
    Octets,
    /// [`Limits::crypto_units`].
    #[error("the question has caused too much cryptography")]
    CryptoUnits,
    /// [`Limits::signature_checks`].
    #[error("the question has caused too many signature checks")]
    SignatureChecks,
    /// [`Limits::failed_signature_checks`].
    #[error("too many signatures were wrong")]
    FailedSignatureChecks,
    /// [`Limits::nsec3_hashes`].
    #[error("the question has caused too many NSEC3 hashes")]
    Nsec3Hashes,
    /// [`Limits::aliases`].
    #[error("the chain of aliases is too long")]
    Aliases,
    /// [`Limits::nesting`].
    #[error("too many questions depend on each other")]
    Nesting,
}

impl Budget {
    /// The budget of a question that is asked at `now`.
    pub fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            deadline: now.after(limits.time),
            packets: limits.packets,
            octets: limits.octets,
            crypto_units: limits.crypto_units,
            signature_checks: limits.signature_checks,
            failed_signature_checks: limits.failed_signature_checks,
            nsec3_hashes: limits.nsec3_hashes,
            aliases: limits.aliases,
            nesting: limits.nesting,
            depth: 0,
        }
    }

    /// When the question must have its outcome.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How many packets may still be sent.
    pub const fn packets_left(&self) -> u16 {
        self.packets
    }

    /// How many octets may still be received.
    pub const fn octets_left(&self) -> u32 {
        self.octets
    }

    /// Splits off a share for packets and octets: what several questions wait for is paid from it. It has the same deadline,
    /// and as much as is asked for, or what is left; nothing else is in it.
    #[must_use = "what is split off is gone if nobody spends it"]
    pub fn split(&mut self, packets: u16, octets: u32) -> Self {
        let (packets, octets) = (packets.min(self.packets), octets.min(self.octets));
        self.packets = self.packets.saturating_sub(packets);
        self.octets = self.octets.saturating_sub(octets);
        Self {
            deadline: self.deadline,
            packets,
            octets,
            crypto_units: 0,
            signature_checks: 0,
            failed_signature_checks: 0,
            nsec3_hashes: 0,
            aliases: 0,
            nesting: 0,
            depth: 0,
        }
    }

    /// Takes back what is left of a share that was [`split`](Self::split) off from this budget. That is no refill: the share is
    /// consumed, and there was never more than both.
    pub fn rejoin(&mut self, rest: Self) {
        self.packets = self.packets.saturating_add(rest.packets);
        self.octets = self.octets.saturating_add(rest.octets);
    }

    /// Pays for one datagram, one connection, or one message on a stream.
    ///
    /// # Errors
    ///
    /// The time is over, or no packet is left.
    pub fn packet(&mut self, now: Instant) -> Result<Debit<Packet>, Exhausted> {
        if now >= self.deadline {
            return Err(Exhausted::Time);
        }
        self.packets = self.packets.checked_sub(1).ok_or(Exhausted::Packets)?;
        Ok(Debit(PhantomData))
    }

    /// Pays for `count` octets that were received and are looked at. What is ignored is not paid for: else an outsider
    /// could end a question with garbage.
    ///
    /// # Errors
    ///
    /// That many are not left; then none are.
    pub fn received(&mut self, count: usize) -> Result<(), Exhausted> {
        let left = u32::try_from(count)
            .ok()
            .and_then(|count| self.octets.checked_sub(count));
        self.octets = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exhausted::Octets)
    }

    /// Pays for one check of a signature that costs `units`.
    ///
    /// # Errors
    ///
    /// No check is left, or not that many units.
    pub fn verification(&mut self, units: u32) -> Result<Debit<Verification>, Exhausted> {
        let checks = self
            .signature_checks
            .checked_sub(1)
            .ok_or(Exhausted::SignatureChecks)?;
        self.crypto_units = self
            .crypto_units
            .checked_sub(units)
            .ok_or(Exhausted::CryptoUnits)?;
        self.signature_checks = checks;
        Ok(Debit(PhantomData))
    }

    /// Notes that a signature was wrong.
    ///
    /// # Errors
    ///
    /// One too many was.
    pub fn verification_failed(&mut self) -> Result<(), Exhausted> {
        self.failed_signature_checks = self
            .failed_signature_checks
            .checked_sub(1)
            .ok_or(Exhausted::FailedSignatureChecks)?;
        Ok(())
    }

    /// Pays for hashing one owner name, which costs `units`.
    ///
    /// # Errors
    ///
    /// No hash is left, or not that many units.
    pub fn nsec3_hash(&mut self, units: u32) -> Result<Debit<Nsec3Hash>, Exhausted> {
        let hashes = self.nsec3_hashes.checked_sub(1).ok_or(Exhausted::Nsec3Hashes)?;
        self.crypto_units = self
            .crypto_units
            .checked_sub(units)
            .ok_or(Exhausted::CryptoUnits)?;
        self.nsec3_hashes = hashes;
        Ok(Debit(PhantomData))
    }

    /// Pays for following one CNAME or DNAME.
    ///
    /// # Errors
    ///
    /// The chain is as long as it may be.
    pub fn alias(&mut self) -> Result<(), Exhausted> {
        self.aliases = self.aliases.checked_sub(1).ok_or(Exhausted::Aliases)?;
        Ok(())
    }

    /// Begins a question on which the present one depends. [`leave`](Self::leave) ends it.
    ///
    /// # Errors
    ///
    /// The questions are nested as deeply as they may be.
    pub fn enter(&mut self) -> Result<(), Exhausted> {
        if self.depth >= self.nesting {
            return Err(Exhausted::Nesting);
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    /// Ends the innermost question that [`enter`](Self::enter) began.
    pub fn leave(&mut self) {
        debug_assert!(self.depth > 0, "left a question that was not entered");
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    fn budget() -> Budget {
        Budget::new(&Limits::default(), Instant::ZERO)
    }

    #[test]
    fn packets_end_with_their_number_and_with_the_time() {
        let mut budget = budget();
        for left in (0..50).rev() {
            assert!(budget.packet(Instant::ZERO).is_ok());
            assert_eq!(budget.packets_left(), left);
        }
        assert_eq!(budget.packet(Instant::ZERO).err(), Some(Exhausted::Packets));
        let mut late = self::budget();
        assert_eq!(
            late.packet(Instant::ZERO.after(Duration::from_secs(7))).err(),
            Some(Exhausted::Time)
        );
        assert_eq!(late.packets_left(), 50);
    }

    #[test]
    fn a_share_moves_and_comes_back_without_what_was_spent() {
        let mut whole = budget();
        let mut share = whole.split(20, 1_000);
        assert_eq!((whole.packets_left(), share.packets_left()), (30, 20));
        assert_eq!((whole.octets_left(), share.octets_left()), (99_000, 1_000));
        assert_eq!(share.deadline(), whole.deadline());
        assert!(share.packet(Instant::ZERO).is_ok() && share.received(400).is_ok());
        assert_eq!(share.alias(), Err(Exhausted::Aliases));
        whole.rejoin(share);
        assert_eq!((whole.packets_left(), whole.octets_left()), (49, 99_600));
        // There is never more than there was.
        let all = whole.split(u16::MAX, u32::MAX);
        assert_eq!((whole.packets_left(), whole.octets_left()), (0, 0));
        assert_eq!((all.packets_left(), all.octets_left()), (49, 99_600));
    }

    #[test]
    fn octets_that_do_not_fit_leave_none() {
        let mut budget = budget();
        assert_eq!(budget.received(99_999), Ok(()));
        assert_eq!(budget.received(2), Err(Exhausted::Octets));
        assert_eq!(budget.received(1), Err(Exhausted::Octets));
        assert_eq!(self::budget().received(usize::MAX), Err(Exhausted::Octets));
    }

    #[test]
    fn cost_is_counted_in_units_and_not_in_calls() {
        let mut budget = budget();
        assert!(budget.verification(990).is_ok());
        assert_eq!(budget.verification(11).err(), Some(Exhausted::CryptoUnits));
        assert!(budget.verification(10).is_ok());
        assert_eq!(budget.nsec3_hash(1).err(), Some(Exhausted::CryptoUnits));
        let mut cheap = self::budget();
        for _ in 0..32 {
            assert!(cheap.verification(1).is_ok());
        }
        assert_eq!(cheap.verification(1).err(), Some(Exhausted::SignatureChecks));
    }

    #[test]
    fn nesting_and_aliases_are_bounded_and_leaving_refills_nothing_else() {
        let mut budget = budget();
        for _ in 0..8 {
            assert_eq!(budget.enter(), Ok(()));
        }
        assert_eq!(budget.enter(), Err(Exhausted::Nesting));
        budget.leave();
        assert_eq!(budget.enter(), Ok(()));
        for _ in 0..11 {
            assert_eq!(budget.alias(), Ok(()));
        }
        assert_eq!(budget.alias(), Err(Exhausted::Aliases));
        for _ in 0..8 {
            assert_eq!(budget.verification_failed(), Ok(()));
        }
        assert_eq!(
            budget.verification_failed(),
            Err(Exhausted::FailedSignatureChecks)
        );
    }
}
