//! What of a failing run can be left out, and it fails still.
//!
//! Promise: bounded: each part is left out once, the time is halved at most `HALVES_MAX` times, and
//! each time so many dice are tried: with less in it, a run takes other turns.
//! Never: looks at why a run fails: what is left may fail for another reason, which is as welcome.

use std::fmt;

use clap::ValueEnum;
use shards::io::simulation::Weather;
use shards::mutation::Mutation;

use super::machine::run_apart;
use super::options::Options;

const HALVES_MAX: usize = 4;
const DICE_TRIED: u64 = 6;

/// Something that a run can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The second half of the faults; may be left out several times
    HalfTheTime,
    /// Moves between log directories
    Moves,
    FullDisks,
    BrokenDisks,
    Outages,
    /// Cut connections, pauses, jumps of the clock
    Troubles,
    /// Clocks that run fast or slow
    Drift,
    /// Slow files and a slow network
    Weather,
    Damages,
    TopicChanges,
    ConfigChanges,
    Groups,
    MemberGroups,
    Consumers,
    Producers,
    IdempotentProducers,
    TransactionalProducers,
    /// All but one
    Topics,
    /// All but one of each topic
    Partitions,
    /// All but one
    Shards,
    /// Other numbers of shards after a restart
    ShardChanges,
    Kills,
    PowerCuts,
    Restarts,
}

/// A run that fails, with as little as possible in it.
pub struct Shrunk {
    pub without: Vec<Part>,
    /// What the run is like; its `seed` says the dice alone.
    pub options: Options,
    pub failure: String,
}

impl Options {
    /// What is left without these parts.
    pub fn without(self, parts: &[Part]) -> Options {
        parts.iter().fold(self, |options, part| part.left_out(options))
    }
}

impl Part {
    fn left_out(self, options: Options) -> Options {
        match self {
            Part::HalfTheTime => Options { safety: options.safety / 2, ..options },
            Part::Moves => Options { moves_ms_max: None, ..options },
            Part::FullDisks => Options { full_disks_ms_max: None, ..options },
            Part::BrokenDisks => Options { broken_disks_percent: 0, ..options },
            Part::Outages => Options { outages_ms_max: None, ..options },
            Part::Troubles => Options { troubles_ms_max: None, ..options },
            Part::Drift => Options { drift_ppm: 0, ..options },
            Part::Weather => Options { weather: Weather::CALM, ..options },
            Part::Damages => Options { damages: 0, ..options },
            Part::TopicChanges => Options { topic_changes_ms_max: None, ..options },
            Part::ConfigChanges => Options { config_changes_ms_max: None, ..options },
            Part::Groups => Options { groups: 0, ..options },
            Part::MemberGroups => Options { member_groups: 0, ..options },
            Part::Consumers => Options { consumers: 0, ..options },
            Part::Producers => Options { producers: 0, ..options },
            Part::IdempotentProducers => Options { idempotent_producers: 0, ..options },
            Part::TransactionalProducers => Options { transactional_producers: 0, ..options },
            Part::Topics => Options { topics: 1, ..options },
            Part::Partitions => Options { partitions_max: 1, ..options },
            Part::Shards => Options { shards: 1, ..options },
            Part::ShardChanges => Options { shards_vary: false, ..options },
            Part::Kills => Options { kills_percent: 0, ..options },
            Part::PowerCuts => Options { power_cuts_percent: 0, ..options },
            Part::Restarts => Options { restarts_ms_max: None, ..options },
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("each part has a name");
        f.write_str(value.get_name())
    }
}

/// Leaves out of a failing run what it fails without, for as long as there is `time_left`.
pub fn shrink(
    options: &Options,
    failure: String,
    mutation: Option<Mutation>,
    mut time_left: impl FnMut() -> bool,
) -> Shrunk {
    let mut shrunk = Shrunk { without: Vec::new(), options: options.clone(), failure };
    for part in Part::value_variants() {
        let times = if *part == Part::HalfTheTime { HALVES_MAX } else { 1 };
        for _ in 0..times {
            if !shrunk.leave_out(*part, mutation, &mut time_left) {
                break;
            }
        }
    }
    shrunk
}

impl Shrunk {
    /// Whether it fails without that part, with some dice.
    fn leave_out(
        &mut self,
        part: Part,
        mutation: Option<Mutation>,
        mut time_left: impl FnMut() -> bool,
    ) -> bool {
        let less = part.left_out(self.options.clone());
        if less == self.options {
            return false;
        }
        for other in 0..DICE_TRIED {
            let options = Options { seed: less.seed.wrapping_add(other), ..less.clone() };
            if !time_left() {
                return false;
            }
            if let Err(failure) = run_apart(options.clone(), false, mutation) {
                (self.options, self.failure) = (options, failure);
                self.without.push(part);
                return true;
            }
        }
        false
    }
}
