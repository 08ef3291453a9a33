//! Levels of features that an operator sets.

use super::*;
use crate::controller::Entry;
use crate::controller::update_features::{Direction, Update, Updates};
use crate::metadata::features::{
    ELIGIBLE_LEADER_REPLICAS_VERSION, GROUP_VERSION, KRAFT_VERSION, METADATA_VERSION,
};
use crate::protocol::metadata_records::{ConfigRecord, FeatureLevelRecord};

/// A cluster of one broker at these levels of metadata.version and eligible leader replicas.
fn at(metadata_version: i16, eligible_leader_replicas: i16) -> Controller {
    let mut controller = empty("cluster");
    let wanted = [
        (METADATA_VERSION.to_owned(), metadata_version),
        (ELIGIBLE_LEADER_REPLICAS_VERSION.to_owned(), eligible_leader_replicas),
    ];
    let levels =
        crate::controller::features::initial_levels(&wanted.into_iter().collect(), Offer::Final);
    let bootstrap = crate::controller::features::bootstrap_records(&levels.unwrap());
    let outcome = controller.activate(&bootstrap, 1);
    commit(&mut controller, outcome);
    let outcome = controller.register_broker(&node(1)).unwrap();
    commit(&mut controller, outcome);
    controller
}

fn updates(direction: Direction, levels: &[(&str, i16)]) -> Updates {
    let update = |&(name, level): &(&str, i16)| (name.to_owned(), Update { level, direction });
    levels.iter().map(update).collect()
}

fn refused(controller: &Controller, direction: Direction, name: &str, level: i16) -> String {
    let updates = updates(direction, &[(name, level)]);
    let refusal = controller.update_features(&updates, 1, false).unwrap_err();
    assert_eq!(refusal.cause, Cause::InvalidUpdateVersion);
    refusal.message.unwrap_or_default()
}

fn level(name: &str, feature_level: i16) -> Versioned {
    v0(FeatureLevelRecord { name: name.to_owned(), feature_level })
}

#[test]
fn an_upgrade_is_its_records() {
    let mut controller = at(20, 0);
    let wanted = updates(Direction::Upgrade, &[(METADATA_VERSION, 30), (GROUP_VERSION, 1)]);
    assert_eq!(controller.update_features(&wanted, 1, true), Ok(Outcome::reply(())));
    let outcome = controller.update_features(&wanted, 1, false).unwrap();
    let expected = vec![level(GROUP_VERSION, 1), level(METADATA_VERSION, 30)];
    assert_eq!(outcome, Outcome::atomic(expected, ()));
    commit(&mut controller, outcome);
    assert_eq!(controller.image().features.metadata_version(), 30);
}

#[test]
fn features_that_nobody_knows_are_refused_at_any_level() {
    let controller = at(20, 0);
    let names: Vec<String> = (0..20_000).map(|number| format!("unknown-{number}")).collect();
    let levels: Vec<(&str, i16)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    let wanted = updates(Direction::Upgrade, &levels);
    let refusal = controller.update_features(&wanted, 1, false).unwrap_err();
    assert_eq!(refusal.cause, Cause::InvalidUpdateVersion);
    assert!(refusal.message.unwrap().ends_with("Feature unknown-0 not found."));
}

#[test]
fn a_level_goes_the_way_that_was_asked_for() {
    let controller = at(20, 0);
    let down = refused(&controller, Direction::Upgrade, METADATA_VERSION, 18);
    assert!(down.ends_with("to either safe or unsafe downgrade."), "{down}");
    let up = refused(&controller, Direction::SafeDowngrade, METADATA_VERSION, 21);
    assert!(up.ends_with("Can't downgrade to a newer version."), "{up}");
    let unknown = refused(&controller, Direction::Unknown, METADATA_VERSION, 21);
    assert!(unknown.ends_with("does not support the given upgrade type."), "{unknown}");
    let negative = refused(&controller, Direction::SafeDowngrade, GROUP_VERSION, -1);
    assert!(negative.ends_with("cannot be less than 0."), "{negative}");
}

#[test]
fn metadata_goes_down_only_where_nothing_is_lost() {
    let controller = at(20, 0);
    let wanted = updates(Direction::SafeDowngrade, &[(METADATA_VERSION, 17)]);
    let outcome = controller.update_features(&wanted, 1, false).unwrap();
    assert_eq!(outcome.records, [level(METADATA_VERSION, 17)]);
    let safe = refused(&controller, Direction::SafeDowngrade, METADATA_VERSION, 16);
    assert_eq!(
        safe,
        "Unsupported metadata.version downgrade from 20 to 16. Refusing to perform the requested \
         downgrade because it might delete metadata information."
    );
    let forced = refused(&controller, Direction::UnsafeDowngrade, METADATA_VERSION, 16);
    assert!(forced.ends_with("Unsafe metadata downgrade is not supported in this version."));
}

#[test]
fn what_a_node_does_not_know_is_refused() {
    let mut controller = at(20, 0);
    let beyond = refused(&controller, Direction::Upgrade, METADATA_VERSION, 99);
    assert!(beyond.ends_with("Local controller 1 only supports versions 7-30"), "{beyond}");
    let strange = refused(&controller, Direction::Upgrade, "strange.version", 1);
    assert!(strange.ends_with("Local controller 1 does not support this feature."), "{strange}");
    let off = refused(&controller, Direction::Upgrade, "strange", 0);
    assert!(off.ends_with("Feature strange not found."), "{off}");
    let mut older = controller.image().cluster.broker(1).unwrap().registration.clone();
    older.features.retain(|feature| feature.name != GROUP_VERSION);
    commit(&mut controller, Outcome::atomic(vec![v0(older)], ()));
    let broker = refused(&controller, Direction::Upgrade, GROUP_VERSION, 1);
    assert!(broker.ends_with("Broker 1 does not support this feature."), "{broker}");
}

#[test]
fn the_quorum_becomes_dynamic_and_stays_so() {
    let mut controller = at(20, 0);
    let wanted = updates(Direction::Upgrade, &[(KRAFT_VERSION, 1)]);
    let outcome = controller.update_features(&wanted, 1, false).unwrap();
    assert_eq!(outcome.records, []);
    let [Entry::QuorumVersion(version), Entry::QuorumVoters(named)] = outcome.quorum.as_slice()
    else {
        panic!("the version and the voters are control records: {:?}", outcome.quorum);
    };
    assert_eq!((version.kraft_version, named.voters.len()), (1, 1));
    controller.state().change_voters(|set| {
        set.apply_version(version);
        set.apply_voters(named);
    });
    assert_eq!(*controller.image().voters, voters());
    let again = controller.update_features(&wanted, 1, false).unwrap();
    assert_eq!(again, Outcome::reply(()));
    let down = refused(&controller, Direction::SafeDowngrade, KRAFT_VERSION, 0);
    assert!(down.ends_with("Can't downgrade the version of this feature."), "{down}");
}

#[test]
fn eligible_leader_replicas_fix_the_minimum_for_the_whole_cluster() {
    let controller = at(20, 0);
    let early = refused(&controller, Direction::Upgrade, ELIGIBLE_LEADER_REPLICAS_VERSION, 1);
    assert!(early.ends_with("because it depends on metadata.version level 23"), "{early}");
    let mut controller = at(30, 0);
    let minimum = |name: &str, value: Option<&str>| {
        v0(ConfigRecord {
            resource_type: 4,
            resource_name: name.to_owned(),
            name: "min.insync.replicas".to_owned(),
            value: value.map(str::to_owned),
        })
    };
    commit(&mut controller, Outcome::atomic(vec![minimum("1", Some("3"))], ()));
    let wanted = updates(Direction::Upgrade, &[(ELIGIBLE_LEADER_REPLICAS_VERSION, 1)]);
    let outcome = controller.update_features(&wanted, 2, false).unwrap();
    let expected = vec![
        minimum("", Some("2")),
        minimum("1", None),
        level(ELIGIBLE_LEADER_REPLICAS_VERSION, 1),
    ];
    assert_eq!(outcome, Outcome::atomic(expected, ()));
}
