//! Several runners at once: one step of one of them at a time.

use std::collections::BTreeMap;

use mergecast::report::results::ApplyReport;

use crate::campaign::Numbers;
use crate::globe::{Globe, World};
use crate::steps::{Task, advance};

/// Runs one pass of each of `worlds` at once, in an order drawn from `numbers`; those that
/// die, one step in `one_dies_in` or by their fate, give no report.
pub(crate) fn together(
    globe: &Globe,
    worlds: &[World],
    numbers: &mut Numbers,
    one_dies_in: Option<u64>,
) -> (Vec<ApplyReport>, u32) {
    let mut reports = Vec::new();
    let mut died = 0;
    let names: Vec<String> = (1..=worlds.len()).map(|n| format!("runner {n}")).collect();
    let passes = worlds.iter().zip(&names);
    let mut running: BTreeMap<usize, Task<'_, ApplyReport>> = passes
        .map(|(world, name)| -> Task<'_, ApplyReport> { Box::pin(Globe::pass(world, name)) })
        .enumerate()
        .collect();
    while !running.is_empty() {
        globe.outside.take_late(globe.clock.truth());
        let wakes_at = |runner: &usize| worlds[*runner].clock.wakes_at();
        let awake = running.keys().copied();
        let awake: Vec<usize> = awake.filter(|runner| wakes_at(runner).is_none()).collect();
        if awake.is_empty() {
            let first = running.keys().filter_map(wakes_at).min();
            let late = globe.outside.next_late();
            let next = first.into_iter().chain(late).min();
            globe.clock.forward_to(next.unwrap());
            continue;
        }
        let chosen = awake[usize::try_from(numbers.below(awake.len() as u64)).unwrap()];
        let dies = one_dies_in.is_some_and(|one_in| numbers.below(one_in) == 0);
        let report = running.get_mut(&chosen).filter(|_| !dies).and_then(advance);
        if dies || worlds[chosen].clock.is_dead() {
            running.remove(&chosen);
            died += 1;
        } else if let Some(report) = report {
            running.remove(&chosen);
            reports.push(report);
        }
    }
    (reports, died)
}
