//! What fails after LinkedIn said 201.

use chrono::TimeDelta;
use http::Method;

use crate::calls::{Call, Fault};
use crate::globe::Globe;
use crate::promises::{as_told, never_silent, never_twice};
use crate::scene::Scene;
use crate::script::Script;

/// The steps of a pass that come after a create request was answered.
const AFTERWARDS: [Call; 5] = [
    Call::Record,
    Call::RecordAndDeclare,
    Call::DeclareComment,
    Call::RecordComment,
    Call::WriteLockfile,
];

/// Create requests LinkedIn received since it had `before` of them.
fn creates(globe: &Globe) -> usize {
    let linkedin = globe.linkedin();
    let requests = linkedin.log().iter();
    let creates = requests.filter(|request| {
        request.method == Method::POST.as_str() && request.target == "/rest/posts"
    });
    creates.count()
}

/// One step fails in every one of four runs, in each way it can; after that a run in which
/// nothing fails finds every post out, and LinkedIn was asked to create each of them once.
#[test]
fn a_step_that_fails_after_the_201_never_repeats_the_create() {
    let scene = Scene::busy();
    for call in AFTERWARDS {
        for fault in Fault::EIGHT {
            let globe = scene.fork();
            let failing = Script::on_each(call, *fault);
            for _ in 0..4 {
                failing.run(&globe, 1);
                never_twice(&globe).unwrap_or_else(|p| panic!("{call:?}, {fault:?}: {p}"));
                globe.clock.pass(TimeDelta::minutes(16));
            }
            assert!(failing.calls().contains(&call), "{call:?} was never made");
            for _ in 0..4 {
                let began = globe.clock.truth();
                let (report, _) = globe.whole_tick();
                never_silent(&globe, &scene.campaign, began, &report).unwrap();
                globe.person(&report);
                globe.clock.pass(TimeDelta::minutes(16));
            }
            as_told(&globe, &scene.campaign).unwrap_or_else(|p| panic!("{call:?}, {fault:?}: {p}"));
            let posts = globe.linkedin().posts().len();
            assert_eq!(creates(&globe), posts, "{call:?}, {fault:?}");
        }
    }
}
