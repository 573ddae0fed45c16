//! Diagnostic notation (RFC 8949 §8) for the values of our CBOR subset.

use ciborium::Value;

use crate::hex;

/// The item in diagnostic notation, on one line.
pub(crate) fn notation(frame: &[u8]) -> String {
    let value: Value = ciborium::from_reader(frame).expect("a vector is CBOR");
    of_value(&value)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "Value is non-exhaustive; the rest is not of the subset"
)]
fn of_value(value: &Value) -> String {
    match value {
        Value::Integer(integer) => i128::from(*integer).to_string(),
        Value::Bytes(bytes) => format!("h'{}'", hex::from_bytes(bytes)),
        // Escapes as in JSON; of those, vectors hold quotes, backslashes and line feeds at most.
        Value::Text(text) => format!(
            "\"{}\"",
            text.replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
        ),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(members) => {
            let members: Vec<String> = members.iter().map(of_value).collect();
            format!("[{}]", members.join(", "))
        }
        Value::Map(entries) => {
            let entry =
                |(key, value): &(Value, Value)| format!("{}: {}", of_value(key), of_value(value));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => panic!("not of the subset: {other:?}"),
    }
}
