//! Where does one event of a body end? Arrays and lines are cut without reading what is in them.
//!
//! A fault within an item is that item's: only what makes the cuts doubtful (a quote or bracket
//! that is never closed) is a fault of the body. Must not know: what an event is.

/// The items of a JSON array, as they were written, or where and why it cannot be cut.
pub(super) fn array(body: &[u8]) -> Result<Vec<&[u8]>, String> {
    let start = body.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    if body.get(start) != Some(&b'[') {
        return Err("the body must be a JSON array".to_owned());
    }
    let mut items = Vec::new();
    let mut open = Vec::new();
    let mut from = start + 1;
    let mut at = from;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => at = text_end(body, at)?,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' if open.last() == Some(byte) => {
                open.pop();
            }
            b']' if open.is_empty() => {
                let last = body[from..at].trim_ascii();
                if !last.is_empty() {
                    items.push(last);
                } else if !items.is_empty() {
                    return Err(format!("an item is missing at byte {at}"));
                }
                let rest = body[at + 1..].trim_ascii();
                let more = || format!("something follows the array at byte {}", at + 1);
                return if rest.is_empty() { Ok(items) } else { Err(more()) };
            }
            b'}' | b']' => return Err(format!("a bracket closes none at byte {at}")),
            b',' if open.is_empty() => {
                let item = body[from..at].trim_ascii();
                if item.is_empty() {
                    return Err(format!("an item is missing at byte {at}"));
                }
                items.push(item);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    Err("the array has no end".to_owned())
}

/// Where the text that begins here ends.
fn text_end(body: &[u8], start: usize) -> Result<usize, String> {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', body.get(at..).unwrap_or_default()) {
        at += found;
        if body[at] == b'"' {
            return Ok(at);
        }
        at += 2;
    }
    Err(format!("the text that begins at byte {start} has no end"))
}

/// The lines that are not blank, without their ends.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(body: &str) -> Result<Vec<&str>, String> {
        let items = array(body.as_bytes())?;
        Ok(items.into_iter().map(|item| std::str::from_utf8(item).expect("text")).collect())
    }

    #[test]
    fn arrays_are_cut_at_their_own_commas() {
        let check = |body: &str, items: &[&str]| assert_eq!(texts(body).as_deref(), Ok(items));
        check("[]", &[]);
        check(" [ \n ] ", &[]);
        check("[1]", &["1"]);
        check(
            r#"[{"a":[1,2],"b":"],[\"\\"}, {"c":{}} ]"#,
            &[r#"{"a":[1,2],"b":"],[\"\\"}"#, r#"{"c":{}}"#],
        );
        check(r#"[{bad}, {"a":1,"a":2}]"#, &["{bad}", r#"{"a":1,"a":2}"#]);
    }

    #[test]
    fn arrays_that_cannot_be_cut() {
        for body in [
            "",
            "{}",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1,,2]",
            "[1] 2",
            "[1]]",
            "[}",
            "[{]}]",
            "[\"]",
            "[\"\\\"]",
            "[\"\\",
            "[{\"a\":1]",
            "1",
        ] {
            assert!(array(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn lines_that_are_blank_are_passed_over() {
        let found: Vec<&[u8]> = lines(b"\n{}\r\n  \n[1]\n\r\n2").collect();
        assert_eq!(found, [&b"{}"[..], b"[1]", b"2"]);
    }

    proptest! {
        #[test]
        fn the_items_of_good_json_are_its_items(values in proptest::collection::vec(
            proptest::string::string_regex(r#"[\[\]{},:"\\a ]{0,12}"#).expect("a pattern"), 0..6)
        ) {
            let nested = serde_json::json!({ "k": values, "l": [values] });
            let items = vec![nested.clone(), serde_json::json!(values), nested];
            let body = serde_json::to_string_pretty(&items).expect("JSON");
            let cut: Vec<serde_json::Value> = array(body.as_bytes()).expect("an array").iter()
                .map(|item| serde_json::from_slice(item).expect("JSON")).collect();
            prop_assert_eq!(cut, items);
        }

        #[test]
        fn nothing_breaks_it(body in proptest::collection::vec(
            proptest::sample::select(b"[]{},\"\\ 1".to_vec()), 0..40)
        ) {
            let is_json = serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(&body);
            if let Ok(items) = is_json {
                prop_assert_eq!(array(&body).map(|cut| cut.len()), Ok(items.len()));
            }
        }
    }
}
