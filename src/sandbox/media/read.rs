//! How far a file is: `GET`, one or several.
//!
//! Owns who may ask. Must not change anything but the day's count.

use serde_json::{Map, Value, json};

use super::{MediaStatus, Names};
use crate::model::Instant;
use crate::model::urn::MediaUrn;
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::Call;
use crate::sandbox::directory::Tier;
use crate::sandbox::gate::Caller;
use crate::sandbox::settings::MediaGet;

/// `GET /rest/<kind>/{urn}`
pub(super) fn one(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    names: Names,
    key: &str,
) -> Answered {
    call.resolved_as("GET")?;
    call.only_parameters(&[])?;
    let key = Call::key(key)?;
    may_read(linkedin, caller, names)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    read(linkedin, caller, names, &key, call.now).map(Answer::ok)
}

/// `GET /rest/<kind>?ids=List(…)`
pub(super) fn batch(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    names: Names,
) -> Answered {
    call.resolved_as("BATCH_GET")?;
    call.only_parameters(&["ids"])?;
    let ids = call.list("ids")?;
    may_read(linkedin, caller, names)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let (mut results, mut statuses, mut errors) = (Map::new(), Map::new(), Map::new());
    for id in &ids {
        match read(linkedin, caller, names, id, call.now) {
            Ok(body) => {
                results.insert(id.clone(), body);
                statuses.insert(id.clone(), json!(200));
            }
            Err(refusal) => {
                statuses.insert(id.clone(), json!(refusal.status));
                errors.insert(id.clone(), refusal.body.unwrap_or_default());
            }
        }
    }
    Ok(Answer::ok(
        json!({"results": results, "statuses": statuses, "errors": errors}),
    ))
}

fn may_read(linkedin: &Linkedin, caller: &Caller, names: Names) -> Result<(), Answer> {
    let allowed = match linkedin.settings.media_get {
        MediaGet::ByTier => caller.tier != Tier::SelfServe,
        MediaGet::Everyone => true,
        MediaGet::Nobody => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(forbidden(names))
    }
}

/// The real body has no code.
fn forbidden(names: Names) -> Answer {
    let message = format!(
        "Accessing this {} resource is forbidden. Please check your permissions for this \
         resource",
        names.noun
    );
    Answer::bare(403, &message)
}

fn read(
    linkedin: &Linkedin,
    caller: &Caller,
    names: Names,
    key: &str,
    now: Instant,
) -> Result<Value, Answer> {
    let urn = MediaUrn::of_kind(key, names.kind)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))?;
    let media = linkedin.files.get(&urn).ok_or_else(Answer::no_entity)?;
    if !linkedin.directory.may_act_for(&caller.member, &media.owner) {
        return Err(forbidden(names));
    }
    let status = media.status(now);
    let mut body = json!({"owner": media.owner, "id": urn, "status": status.as_str()});
    if status == MediaStatus::Available
        && let Some(fields) = body.as_object_mut()
    {
        let origin = &linkedin.settings.upload_origin;
        let expires = now + chrono::Duration::days(1);
        fields.insert(
            "downloadUrl".to_owned(),
            json!(format!("{origin}/__sandbox/media/{}", urn.id())),
        );
        fields.insert(
            "downloadUrlExpiresAt".to_owned(),
            json!(expires.timestamp_millis()),
        );
    }
    Ok(body)
}
