//! The JSON Schema of a file that a person writes, for editors.
//!
//! Made of the same types that read the file, so an unknown key is one for both. What a type cannot say, such as which columns a
//! file has, only `check` tells.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of the file that `T` reads. Draft 7: editors of TOML know it, and not all of them a later one.
pub(crate) fn json_schema<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    // First, because draft 7 lets nothing stand beside a reference, and this may put one beside a description.
    settings.transforms.insert(0, Box::new(without_null));
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// TOML has no null: a key that may be left out is left out.
fn without_null(schema: &mut Schema) {
    transform_subschemas(&mut without_null, schema);
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(schemas)) = schema.get_mut("anyOf") {
        schemas.retain(|schema| schema.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = schemas.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.insert(key, value);
            }
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}
