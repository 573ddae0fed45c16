//! Bytes as hexadecimal digits.

/// The bytes in lower-case digits without spaces.
pub(crate) fn from_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
