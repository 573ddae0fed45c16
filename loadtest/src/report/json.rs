//! The report for programs. `schema.json` at the root of the crate is the contract; tests hold it
//! and the types together.

use auboutique_protocol::text::is_hostile;
use serde::Deserialize;
use thiserror::Error;

use super::{Report, SCHEMA_VERSION};

/// The JSON Schema of a report.
pub const SCHEMA: &str = include_str!("../../schema.json");

/// Why a file is no report that this program understands.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not the JSON of a report.
    #[error("this is not a report of the load test: {0}")]
    Form(#[from] serde_json::Error),
    /// It comes from another version of the load test.
    #[error("the report has version {found}, and this program reads version {SCHEMA_VERSION}")]
    Version {
        /// The version in the file.
        found: u32,
    },
}

/// Writes a report, indented, ending with a line feed. What could steer a terminal is escaped, as
/// people look at such files there.
///
/// # Errors
/// None is known: the types have a JSON form.
pub fn write(report: &Report) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string_pretty(report)?;
    Ok(escape_hostile(&json) + "\n")
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// The text is no report, or one of another version.
pub fn read(json: &str) -> Result<Report, ReadError> {
    // The version first, so that an old report is called old and not malformed.
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    let Version { schema: found } = serde_json::from_str(json)?;
    if found != SCHEMA_VERSION {
        return Err(ReadError::Version { found });
    }
    Ok(serde_json::from_str(json)?)
}

/// Outside of texts JSON holds no hostile characters but line feeds, and inside of texts line feeds
/// are escaped already, so the value stays the same.
fn escape_hostile(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_hostile(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{broken, full, hostile, minimal};
    use super::*;

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).unwrap()
    }

    fn value(report: &Report) -> Value {
        serde_json::from_str(&write(report).unwrap()).unwrap()
    }

    /// The places of all members of objects and elements of arrays, as JSON pointers.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value))
                .collect(),
            Value::Array(elements) => elements
                .iter()
                .take(1)
                .map(|value| ("0".to_owned(), value))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        for (name, child) in children {
            let place = format!("{at}/{name}");
            places(child, &place, found);
            found.push(place);
        }
    }

    fn all_places() -> Vec<String> {
        let mut found = Vec::new();
        places(&value(&broken()), "", &mut found);
        // These are maps: their members have names of their own.
        let in_map = |place: &String| place.starts_with("/errors/") || place.contains("/fates/");
        found.retain(|place| !in_map(place));
        assert!(found.len() > 100, "{}", found.len());
        found
    }

    /// The object that holds this place, and the place's name in it; `None` inside an array.
    fn holder<'a>(root: &'a mut Value, place: &str) -> Option<(&'a mut Value, String)> {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let parent = root.pointer_mut(parent).unwrap();
        parent.is_object().then(|| (parent, name.to_owned()))
    }

    fn is_report(value: &Value) -> bool {
        serde_json::from_value::<Report>(value.clone()).is_ok()
    }

    #[test]
    fn a_report_reads_as_it_was_written() {
        for report in [full(), minimal(), broken(), hostile()] {
            let json = write(&report).unwrap();
            assert_eq!(read(&json).unwrap(), report);
            let found = json.chars().find(|&each| each != '\n' && is_hostile(each));
            assert_eq!(found, None);
        }
    }

    #[test]
    fn what_is_no_report_of_this_version_is_refused() {
        let json = write(&full()).unwrap();
        let other = json.replacen("\"schema\": 1", "\"schema\": 2", 1);
        let error = read(&other).unwrap_err();
        assert!(matches!(error, ReadError::Version { found: 2 }), "{error}");
        for bad in [
            "",
            "[]",
            "{}",
            "{\"schema\": 1}",
            "{\"schema\": -1}",
            &json[..500],
        ] {
            assert!(matches!(read(bad), Err(ReadError::Form(_))), "{bad}");
        }
    }

    #[test]
    fn the_schema_is_one_and_reports_keep_to_it() {
        let schema = schema();
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
        let validator = jsonschema::validator_for(&schema).unwrap();
        for report in [full(), minimal(), broken(), hostile()] {
            let value = value(&report);
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
    }

    #[test]
    fn schema_and_types_require_the_same_fields() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for place in all_places() {
            let mut changed = value(&broken());
            let Some((parent, name)) = holder(&mut changed, &place) else {
                continue;
            };
            let members = parent.as_object_mut().unwrap();
            let taken = members.remove(&name).unwrap();
            assert_eq!(
                validator.is_valid(&changed),
                is_report(&changed),
                "{place} removed"
            );
            let (parent, _) = holder(&mut changed, &place).unwrap();
            parent[format!("{name}_renamed")] = taken;
            assert!(!validator.is_valid(&changed), "{place} renamed");
        }
    }

    #[test]
    fn schema_and_types_take_the_same_kinds_of_values() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for place in all_places() {
            for other in [
                json!("text"),
                json!(1.5),
                json!(7),
                json!(true),
                json!([]),
                json!({}),
            ] {
                let mut changed = value(&broken());
                *changed.pointer_mut(&place).unwrap() = other.clone();
                let by_schema = validator.is_valid(&changed);
                // The schema may be stricter: it knows the version and the names of the models.
                assert!(!by_schema || is_report(&changed), "{place} as {other}");
                let is_narrower = ["/schema", "/started_at", "/plan/model"].contains(&&*place)
                    || place.contains("overlap")
                    || place.contains("rule");
                assert!(
                    by_schema == is_report(&changed) || is_narrower,
                    "{place} as {other}"
                );
            }
        }
    }

    /// Follows a reference.
    fn resolve<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(place) => root.pointer(place.trim_start_matches('#')).unwrap(),
            None => node,
        }
    }

    /// Visits every property of a schema with all values of the sample that it describes.
    fn visit(root: &Value, node: &Value, samples: &[&Value], at: &str) {
        let target = resolve(root, node);
        for (name, property) in target["properties"].as_object().into_iter().flatten() {
            let place = format!("{at}/{name}");
            let described = |each: &Value| each["description"].is_string();
            assert!(
                described(property) || described(resolve(root, property)),
                "{place}"
            );
            let found: Vec<&Value> = samples.iter().filter_map(|each| each.get(name)).collect();
            assert!(!found.is_empty(), "{place} does not occur in the sample");
            visit(root, property, &found, &place);
        }
        if target["properties"].is_object() {
            assert_eq!(target["additionalProperties"], json!(false), "{at}");
        }
        if target["items"].is_object() {
            let elements = samples.iter().filter_map(|each| each.as_array()).flatten();
            let elements: Vec<&Value> = elements.collect();
            assert!(!elements.is_empty(), "{at} is empty in the sample");
            visit(root, &target["items"], &elements, at);
        }
    }

    #[test]
    fn every_property_is_described_and_occurs() {
        let (schema, sample) = (schema(), value(&broken()));
        visit(&schema, &schema, &[&sample], "");
    }
}
