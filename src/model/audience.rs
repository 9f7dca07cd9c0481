//! To whom of its followers a page shows a post.
//!
//! Owns the facets LinkedIn has and the form of their values. Must not know which author
//! may use them: that is a rule.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What followers are chosen by (LinkedIn, "Post API schema", field `targetEntities`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Degrees.
    Degrees,
    /// Fields of study.
    FieldsOfStudy,
    /// Places.
    GeoLocations,
    /// Industries.
    Industries,
    /// Functions at work.
    JobFunctions,
    /// Employers.
    Organizations,
    /// Ranks at work.
    Seniorities,
    /// Sizes of employers.
    StaffCountRanges,
}

impl Facet {
    /// Every facet, in the order of their names on the wire.
    pub const ALL: [Self; 8] = [
        Self::Degrees,
        Self::FieldsOfStudy,
        Self::GeoLocations,
        Self::Industries,
        Self::JobFunctions,
        Self::Organizations,
        Self::Seniorities,
        Self::StaffCountRanges,
    ];

    /// The key of the front matter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Degrees => "degrees",
            Self::FieldsOfStudy => "fields_of_study",
            Self::GeoLocations => "geo_locations",
            Self::Industries => "industries",
            Self::JobFunctions => "job_functions",
            Self::Organizations => "organizations",
            Self::Seniorities => "seniorities",
            Self::StaffCountRanges => "staff_count_ranges",
        }
    }

    /// The field of the request.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Degrees => "degrees",
            Self::FieldsOfStudy => "fieldsOfStudy",
            Self::GeoLocations => "geoLocations",
            Self::Industries => "industries",
            Self::JobFunctions => "jobFunctions",
            Self::Organizations => "organizations",
            Self::Seniorities => "seniorities",
            Self::StaffCountRanges => "staffCountRanges",
        }
    }

    /// A value that is right, for people.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Degrees => "urn:li:degree:100",
            Self::FieldsOfStudy => "urn:li:fieldOfStudy:100990",
            Self::GeoLocations => "urn:li:geo:101282230",
            Self::Industries => "urn:li:industry:4",
            Self::JobFunctions => "urn:li:function:8",
            Self::Organizations => "urn:li:organization:2414183",
            Self::Seniorities => "urn:li:seniority:6",
            Self::StaffCountRanges => "urn:li:staffCountRange:(11,50)",
        }
    }

    /// Whether `value` is a URN of the facet's kind. The ids themselves are LinkedIn's.
    #[must_use]
    pub fn takes(self, value: &str) -> bool {
        let kind = self.example().rsplit_once(':').map_or("", |(kind, _)| kind);
        let id = value
            .strip_prefix(kind)
            .and_then(|rest| rest.strip_prefix(':'));
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.,()".contains(c);
        value.len() <= 255 && id.is_some_and(|id| !id.is_empty() && id.chars().all(allowed))
    }
}

/// Followers chosen by facets: those who match every facet, each by one of its values.
/// Empty: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Audience(pub BTreeMap<Facet, Vec<String>>);

impl Audience {
    /// Whether it is everybody.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_facet_takes_its_own_example_and_no_other() {
        for facet in Facet::ALL {
            for other in Facet::ALL {
                let takes = facet.takes(other.example());
                assert_eq!(takes, facet == other, "{facet:?} {other:?}");
            }
        }
        for wrong in [
            "urn:li:geo:",
            "geo:1",
            "urn:li:geo:1 2",
            "urn:li:geo:x\"",
            "Berlin",
        ] {
            assert!(!Facet::GeoLocations.takes(wrong), "{wrong}");
        }
    }
}
