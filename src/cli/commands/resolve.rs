//! `resolve`: a person settles an outcome.

use crate::cli::args::ResolveArgs;
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::real;
use crate::model::key::PostKey;
use crate::model::urn::PostUrn;
use crate::pass::{Resolved, Verdict, resolve};
use crate::record::Refused;
use crate::report::exit::Exit;

/// Records what a person says.
pub(in crate::cli) async fn run(args: &ResolveArgs, settings: &Settings, output: Output) -> Exit {
    let usage = |problem: String| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    let key = match PostKey::parse(&args.key) {
        Ok(key) => key,
        Err(error) => return usage(error.to_string()),
    };
    let verdict = match (&args.published, args.not_published) {
        (Some(text), _) => match PostUrn::parse(text) {
            Ok(urn) => Verdict::Published(urn),
            Err(error) => return usage(format!("`--published`: {error}")),
        },
        (None, true) => Verdict::NotPublished,
        (None, false) => Verdict::Skip,
    };
    let options = match pass_options(settings, Vec::new(), None) {
        Ok(options) => options,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let world = match real(settings, false, false).await {
        Ok(world) => world,
        Err(stop) => return stopped(&stop, settings, output),
    };
    match resolve(&world, &options, &key, verdict).await {
        Ok(Resolved::Recorded) => {
            output.data(&format!("`{key}`: recorded\n"));
            Exit::Done
        }
        Ok(Resolved::NoSuchPost) => usage(format!("nothing is recorded for `{key}`")),
        Ok(Resolved::Refused(refused)) => {
            output.message(&format!(
                "error[resolve-refused]: `{key}` is left as it is: {refused}\n"
            ));
            match refused {
                Refused::Sending { .. } | Refused::OwnerMayLive { .. } => Exit::Held,
                _ => Exit::Refused,
            }
        }
        Err(stop) => stopped(&stop, settings, output),
    }
}
