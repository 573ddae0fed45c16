//! The notation of docs/CLIENT.md for JSON objects: `{"a","b"?,"list":[{"c"}],"d":[…],"e":true,…}`.

use serde_json::Value;

/// What a value may look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Described elsewhere, or by words.
    Any,
    Object(Object),
    /// A list of objects.
    List(Object),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Object {
    fields: Vec<Field>,
    /// There may be fields that are not named.
    is_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    key: String,
    is_optional: bool,
    shape: Shape,
}

impl Shape {
    pub(super) fn parse(notation: &str) -> Self {
        let mut rest = notation;
        let shape = value(&mut rest);
        assert_eq!(rest, "", "{notation}");
        shape
    }

    /// Panics where a value is not as it is described.
    pub(super) fn check(&self, name: &str, found: &Value) {
        match self {
            Self::Any => {}
            Self::Object(object) => object.check(name, found),
            Self::List(object) => {
                for item in found.as_array().unwrap() {
                    object.check(name, item);
                }
            }
        }
    }

    /// The keys that may be absent, at any depth.
    pub(super) fn optional_keys(&self) -> Vec<String> {
        let (Self::Object(object) | Self::List(object)) = self else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for field in &object.fields {
            if field.is_optional {
                keys.push(field.key.clone());
            }
            keys.extend(field.shape.optional_keys());
        }
        keys
    }
}

impl Object {
    fn check(&self, name: &str, found: &Value) {
        let found = found
            .as_object()
            .unwrap_or_else(|| panic!("{name}: {found}"));
        for field in &self.fields {
            match found.get(&field.key) {
                Some(value) => field.shape.check(name, value),
                None => assert!(field.is_optional, "{name} lacks {}: {found:?}", field.key),
            }
        }
        for key in found.keys() {
            let is_named = self.fields.iter().any(|field| field.key == *key);
            assert!(is_named || self.is_open, "{name} has {key}: {found:?}");
        }
    }
}

/// Whether a key occurs in a value, at any depth.
pub(super) fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(object) => object
            .iter()
            .any(|(name, value)| name == key || has_key(value, key)),
        Value::Array(items) => items.iter().any(|item| has_key(item, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn take(rest: &mut &str, token: &str) -> bool {
    match rest.strip_prefix(token) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn value(rest: &mut &str) -> Shape {
    if rest.starts_with('{') {
        return Shape::Object(object(rest));
    }
    if rest.starts_with("[{") {
        take(rest, "[");
        let object = object(rest);
        assert!(take(rest, "]"), "{rest}");
        return Shape::List(object);
    }
    // A list of anything, or a constant.
    let end = match rest.find(']') {
        Some(end) if rest.starts_with('[') => end + 1,
        Some(_) | None => rest.find([',', '}']).unwrap_or(rest.len()),
    };
    *rest = &rest[end..];
    Shape::Any
}

fn object(rest: &mut &str) -> Object {
    assert!(take(rest, "{"), "{rest}");
    let mut object = Object::default();
    loop {
        if take(rest, "…") {
            object.is_open = true;
        } else {
            object.fields.push(field(rest));
        }
        if take(rest, "}") {
            return object;
        }
        assert!(take(rest, ","), "{rest}");
    }
}

fn field(rest: &mut &str) -> Field {
    assert!(take(rest, "\""), "{rest}");
    let (key, after) = rest.split_once('"').unwrap();
    *rest = after;
    let is_optional = take(rest, "?");
    let shape = if take(rest, ":") {
        value(rest)
    } else {
        Shape::Any
    };
    Field {
        key: key.to_owned(),
        is_optional,
        shape,
    }
}

#[test]
fn the_notation_says_what_must_and_what_may_be_there() {
    let shape = Shape::parse(r#"{"a","b"?,"list":[{"c"}],"d":[…],"e":true}"#);
    assert_eq!(shape.optional_keys(), ["b"]);
    let fits = serde_json::json!({"a": 1, "list": [{"c": {}}], "d": [{"x": 1}], "e": true});
    shape.check("it", &fits);
    for (key, value) in [
        ("f", serde_json::json!(1)),
        ("list", serde_json::json!([{}])),
    ] {
        let mut wrong = fits.clone();
        wrong[key] = value;
        let check = std::panic::catch_unwind(|| shape.check("it", &wrong));
        assert!(check.is_err(), "{wrong}");
    }
    Shape::parse(r#"{"event",…}"#).check("it", &serde_json::json!({"event": 1, "more": 2}));
}
