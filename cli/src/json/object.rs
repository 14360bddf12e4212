//! The objects of RFC 8427 sections 2.1 to 2.5.

use std::collections::BTreeMap;

use data_encoding::HEXUPPER;
use nameward_core::wire::{Class, Header, Message, QuestionRef, RecordRef, Rtype, Section};
use serde::Serialize;

/// A message.
#[derive(Debug, Default, Serialize)]
pub(super) struct MessageObject {
    #[serde(flatten)]
    header: Option<HeaderMembers>,
    #[serde(flatten)]
    question: Option<QuestionMembers>,
    #[serde(rename = "questionRRs", skip_serializing_if = "Vec::is_empty")]
    questions: Vec<QuestionObject>,
    #[serde(rename = "answerRRs", skip_serializing_if = "Vec::is_empty")]
    answer: Vec<RecordObject>,
    #[serde(rename = "authorityRRs", skip_serializing_if = "Vec::is_empty")]
    authority: Vec<RecordObject>,
    #[serde(rename = "additionalRRs", skip_serializing_if = "Vec::is_empty")]
    additional: Vec<RecordObject>,
    #[serde(rename = "messageOctetsHEX")]
    pub(super) octets: String,
    #[serde(rename = "dateString", skip_serializing_if = "Option::is_none")]
    pub(super) date_string: Option<String>,
    #[serde(rename = "dateSeconds", skip_serializing_if = "Option::is_none")]
    pub(super) date_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct HeaderMembers {
    id: u16,
    qr: bool,
    #[serde(rename = "Opcode")]
    opcode: u8,
    aa: bool,
    tc: bool,
    rd: bool,
    ra: bool,
    ad: bool,
    cd: bool,
    rcode: u16,
    qdcount: u16,
    ancount: u16,
    nscount: u16,
    arcount: u16,
}

/// The first question.
#[derive(Debug, Serialize)]
struct QuestionMembers {
    #[serde(rename = "QNAME")]
    name: String,
    #[serde(rename = "QTYPE")]
    rtype: u16,
    #[serde(rename = "QTYPEname")]
    rtype_name: String,
    #[serde(rename = "QCLASS")]
    class: u16,
    #[serde(rename = "QCLASSname")]
    class_name: String,
}

/// A question among several.
#[derive(Debug, Serialize)]
struct QuestionObject {
    #[serde(rename = "NAME")]
    name: String,
    #[serde(rename = "TYPE")]
    rtype: u16,
    #[serde(rename = "TYPEname")]
    rtype_name: String,
    #[serde(rename = "CLASS")]
    class: u16,
    #[serde(rename = "CLASSname")]
    class_name: String,
}

/// A record.
#[derive(Debug, Serialize)]
struct RecordObject {
    #[serde(flatten)]
    question: QuestionObject,
    #[serde(rename = "TTL")]
    ttl: i32,
    #[serde(rename = "RDLENGTH")]
    rdata_length: usize,
    #[serde(rename = "RDATAHEX")]
    rdata: String,
    /// One member at most, whose name depends on the type.
    #[serde(flatten)]
    text: BTreeMap<String, String>,
}

impl MessageObject {
    /// The whole message.
    pub(super) fn new(message: Message<'_>) -> Self {
        let header = Header::parse(message.as_bytes()).ok();
        let mut additional = records(message, Section::Additional);
        additional.extend(message.opt().map(|opt| {
            let opt = opt.to_record();
            let question = QuestionObject::new(&opt.owner, opt.rtype(), opt.class);
            RecordObject::new(question, opt.ttl, opt.rdata.octets())
        }));
        Self {
            header: header.map(HeaderMembers::new),
            question: message.questions().next().map(QuestionMembers::new),
            questions: match message.question_count() {
                0 | 1 => Vec::new(),
                _ => message
                    .questions()
                    .map(|question| QuestionObject::new(&question.name, question.rtype, question.class))
                    .collect(),
            },
            answer: records(message, Section::Answer),
            authority: records(message, Section::Authority),
            additional,
            octets: HEXUPPER.encode(message.as_bytes()),
            ..Self::default()
        }
    }

    /// What could be read of a message with this header.
    pub(super) fn beginning(header: Header, message: Message<'_>) -> Self {
        Self {
            header: Some(HeaderMembers::new(header)),
            ..Self::new(message)
        }
    }
}

fn records(message: Message<'_>, section: Section) -> Vec<RecordObject> {
    message.records(section).map(RecordObject::of).collect()
}

impl HeaderMembers {
    fn new(header: Header) -> Self {
        let flags = header.flags;
        Self {
            id: header.id,
            qr: flags.qr(),
            opcode: flags.opcode().0,
            aa: flags.aa(),
            tc: flags.tc(),
            rd: flags.rd(),
            ra: flags.ra(),
            ad: flags.ad(),
            cd: flags.cd(),
            rcode: flags.rcode().0,
            qdcount: header.question_count,
            ancount: header.answer_count,
            nscount: header.authority_count,
            arcount: header.additional_count,
        }
    }
}

impl QuestionMembers {
    fn new(question: QuestionRef<'_>) -> Self {
        Self {
            name: question.name.to_string(),
            rtype: question.rtype.0,
            rtype_name: question.rtype.to_string(),
            class: question.class.0,
            class_name: class_name(question.class),
        }
    }
}

impl QuestionObject {
    fn new(name: &impl ToString, rtype: Rtype, class: Class) -> Self {
        Self {
            name: name.to_string(),
            rtype: rtype.0,
            rtype_name: rtype.to_string(),
            class: class.0,
            class_name: class_name(class),
        }
    }
}

impl RecordObject {
    fn new(question: QuestionObject, ttl: u32, rdata: &[u8]) -> Self {
        Self {
            question,
            ttl: ttl.cast_signed(),
            rdata_length: rdata.len(),
            rdata: HEXUPPER.encode(rdata),
            text: BTreeMap::new(),
        }
    }

    fn of(record: RecordRef<'_>) -> Self {
        let question = QuestionObject::new(&record.owner, record.rtype, record.class);
        let Ok(rdata) = record.to_rdata() else {
            return Self::new(question, record.ttl, record.rdata_octets());
        };
        let mut object = Self::new(question, record.ttl, rdata.octets());
        if TYPES_WITH_TEXT.contains(&record.rtype) && record.class == Class::IN {
            let member = format!("rdata{}", record.rtype);
            object.text.insert(member, record.rdata_text().to_string());
        }
        object
    }
}

/// RFC 8427 knows the names of three classes.
fn class_name(class: Class) -> String {
    match class {
        Class::IN | Class::CH | Class::HS => class.to_string(),
        Class(number) => format!("CLASS{number}"),
    }
}

/// The types whose RDATA has a member of its own (RFC 8427 section 2.3).
const TYPES_WITH_TEXT: [Rtype; 25] = [
    Rtype::A,
    Rtype::AAAA,
    Rtype::CNAME,
    Rtype::DNAME,
    Rtype::NS,
    Rtype::PTR,
    Rtype::TXT,
    Rtype::CDNSKEY,
    Rtype::CDS,
    Rtype::CSYNC,
    Rtype::DNSKEY,
    Rtype::HIP,
    Rtype::IPSECKEY,
    Rtype::KEY,
    Rtype::MX,
    Rtype::NSEC,
    Rtype::NSEC3,
    Rtype::NSEC3PARAM,
    Rtype::OPENPGPKEY,
    Rtype::RRSIG,
    Rtype::SMIMEA,
    Rtype::SPF,
    Rtype::SRV,
    Rtype::SSHFP,
    Rtype::TLSA,
];
