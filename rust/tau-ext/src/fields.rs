//! Single fields of an object, as the text they are: most of what comes is read once, as the type it is for, and never as a tree.
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::Formatter;

/// The fields of these names. `None` where the text is no object. Of two of the same name the last counts, as everywhere.
pub(crate) fn pick<'a, const N: usize>(text: &'a str, names: &[&str; N]) -> Option<[Option<&'a RawValue>; N]> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let picked = deserializer.deserialize_map(Fields(names)).ok()?;
    deserializer.end().ok()?;
    Some(picked)
}

/// What a string says. `None` for anything else, and for one that is no text, such as half a surrogate pair.
pub(crate) fn text_of(field: &RawValue) -> Option<Cow<'_, str>> {
    let inner = field.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(field.get()).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

struct Fields<'n, const N: usize>(&'n [&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Fields<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, to: &mut Formatter) -> std::fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut picked = [None; N];
        while let Some(place) = map.next_key_seed(Name(self.0))? {
            match place {
                Some(place) => picked[place] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(picked)
    }
}

/// Where in the list a name stands.
struct Name<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, to: &mut Formatter) -> std::fmt::Result {
        to.write_str("a name")
    }

    fn visit_str<E>(self, given: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<Vec<Option<&str>>> {
        pick(text, &["id", "params"]).map(|picked| picked.map(|field| field.map(RawValue::get)).to_vec())
    }

    #[test]
    fn fields_are_the_text_they_stand_for_and_of_two_the_last_counts() {
        assert_eq!(
            shown(r#" { "params" : {"id": [1, 2]} , "i\u0064":1,"x":{"id":3},"id":null}"#),
            Some(vec![Some("null"), Some(r#"{"id": [1, 2]}"#)])
        );
        assert_eq!(shown("{}"), Some(vec![None, None]));
    }

    #[test]
    fn what_is_no_object_has_none() {
        for text in ["[]", "7", "\"id\"", "{\"id\":}", "{\"id\":1", "{\"id\":1} x", "{\"id\":\"\u{1}\"}", ""] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_string_is_text() {
        let texts = [r#""a""#, r#""a\n\"""#, r#""\ud83d\ude00""#, r#""\ud800""#, "7", "null"].map(|text| {
            let field: &RawValue = serde_json::from_str(text).unwrap();
            text_of(field).map(Cow::into_owned)
        });
        assert_eq!(texts.map(|text| text.unwrap_or("none".into())), ["a", "a\n\"", "\u{1f600}", "none", "none", "none"]);
    }
}
