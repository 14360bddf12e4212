//! DNS messages as bytes: names, headers, questions, records, views and writers (RFC 1035 section 4).
