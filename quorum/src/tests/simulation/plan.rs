//! What a seed decides about its run.

use crate::config::Config;
use crate::mutation::Mutation;
use crate::tests::fixture::{self, Dice};
use crate::voters::VoterSet;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(super) seed: u64,
    pub(super) planted: Option<Mutation>,
    /// Nodes 1 to 3 or 1 to 5.
    pub(super) first_voters: Vec<i32>,
    /// Controllers that do not vote at first.
    pub(super) others: Vec<i32>,
    pub(super) is_dynamic: bool,
    pub(super) auto_join: bool,
    /// Nodes that refuse pre-votes (Vote before version 2).
    pub(super) without_pre_vote: Vec<i32>,
    /// Nodes whose fetches do not name a high watermark (Fetch before version 18).
    pub(super) without_fetch_mark: Vec<i32>,
    pub(super) chaos_ms: u64,
    pub(super) delay_ms: u64,
    pub(super) lost_permille: u64,
    pub(super) sync_ms: u64,
    /// How often one of the faults comes.
    pub(super) fault_every_ms: u64,
    pub(super) client_every_ms: u64,
    /// Snapshots come after so many records.
    pub(super) snapshot_records: i64,
    pub(super) changes_voters: bool,
    pub(super) replaces_disk: bool,
}

impl Plan {
    pub(crate) fn of_seed(seed: u64, planted: Option<Mutation>) -> Self {
        let mut dice = Dice(seed);
        let voters = if dice.chance(700) { 3 } else { 5 };
        let others = i32::try_from(dice.between(0, 3)).unwrap();
        let is_dynamic = dice.chance(650);
        let some = |dice: &mut Dice| (1..=voters).filter(|_| dice.chance(400)).collect();
        let is_odd = dice.chance(150);
        let replaces_disk = is_dynamic && dice.chance(200);
        Self {
            seed,
            planted,
            first_voters: (1..=voters).collect(),
            others: (voters + 1..=voters + others).collect(),
            is_dynamic,
            auto_join: is_dynamic && dice.chance(300),
            without_pre_vote: if is_odd { some(&mut dice) } else { Vec::new() },
            without_fetch_mark: if is_odd { some(&mut dice) } else { Vec::new() },
            chaos_ms: dice.between(10, 60) * 1000,
            delay_ms: dice.pick(&[2, 5, 20, 100]).unwrap(),
            lost_permille: dice.pick(&[0, 10, 50, 200]).unwrap(),
            sync_ms: dice.pick(&[1, 5, 30, 300]).unwrap(),
            fault_every_ms: dice.pick(&[300, 1000, 3000, 10_000]).unwrap(),
            client_every_ms: dice.pick(&[20, 100, 400]).unwrap(),
            snapshot_records: dice.pick(&[10, 40, 1000]).unwrap(),
            // Without pre-votes a removed voter that does not know of it raises the epoch, and a
            // quorum of one that leads without it never hears of that: so it is in Kafka, too.
            changes_voters: is_dynamic && !replaces_disk && !is_odd && dice.chance(700),
            replaces_disk,
        }
    }

    pub(super) fn node_ids(&self) -> Vec<i32> {
        self.first_voters.iter().chain(&self.others).copied().collect()
    }

    pub(super) fn voters(&self) -> VoterSet {
        match self.is_dynamic {
            true => fixture::dynamic_voters(&self.first_voters),
            false => fixture::static_voters(&self.first_voters),
        }
    }

    pub(super) fn config(&self, node: i32, disk: u32, run: u64) -> Config {
        let mut config = fixture::config(node, self.seed ^ (run << 20), self.planted);
        config.directory_id = fixture::directory(node, disk);
        config.auto_join = self.auto_join;
        let servers = self.node_ids().into_iter().map(|id| (format!("h{id}"), 9093));
        config.bootstrap_servers = servers.collect();
        if !self.is_dynamic {
            config.static_voters = self.voters();
        }
        config
    }
}
