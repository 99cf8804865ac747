//! `traceparent`, as W3C has it: which trace a request belongs to.

/// A trace, and the span in it that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Whether whoever asks keeps it.
    pub sampled: bool,
}

impl Trace {
    /// Reads a header; nothing of what is none.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let some = |text: &str| text.bytes().any(|byte| byte != b'0');
        // Later versions may have more parts; this one has four.
        let fits = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if !fits || !hex(trace, 32) || !hex(span, 16) || !hex(flags, 2) || !some(trace) || !some(span) {
            return None;
        }
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        Some(Self { trace_id: trace.to_owned(), span_id: span.to_owned(), sampled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_traceparent_is_none() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = Trace::parse(good).unwrap();
        assert_eq!((trace.span_id.as_str(), trace.sampled), ("00f067aa0ba902b7", true));
        assert!(!Trace::parse(&good.replace("-01", "-00")).unwrap().sampled);
        assert!(Trace::parse(&good.replacen("00", "cc", 1).replace("-01", "-01-more")).is_some());
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            &format!("{good}-more"),
            &good.replacen("00", "ff", 1),
            &good.to_uppercase(),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(Trace::parse(bad), None, "{bad}");
        }
    }
}
