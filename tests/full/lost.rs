//! A disk that is lost under load, and back for the next start.

use support::broker::Broker;
use support::calls;
use support::folder::folder;
use support::volume::FileSystem;

use super::volume::Volume;
use super::{append, broker, start, start_load, stop, topic_in, wait_until};

#[test]
#[ignore = "needs root and loop devices"]
fn a_node_that_loses_its_only_directory_ends_and_the_next_start_has_everything() {
    for shards in [1, 2] {
        let mut volume = Volume::new(FileSystem::Xfs);
        let (mut broker, mut load) = start(&volume.data(), shards);
        volume.lose();
        wait_until("it ends", || broker.ended().is_some());
        assert_ne!(broker.ended().and_then(|status| status.code()), Some(0));
        let said = broker.log_of_last_start();
        assert!(said.contains("no node without this log directory"), "{said}");
        broker.kill().expect("it was started");
        load.hold();
        volume.find_again();
        broker.restart().expect("it recovers");
        load.check(&broker);
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    }
}

#[test]
#[ignore = "needs root and loop devices"]
fn a_directory_that_is_lost_leaves_the_other_at_work() {
    for shards in [1, 2] {
        let (mut volume, sound) = (Volume::new(FileSystem::Xfs), folder().expect("a folder"));
        let log_dirs = format!("{},{}", sound.path().display(), volume.data().display());
        let mut broker = broker(&log_dirs, shards);
        let mut load = start_load(&broker);
        let beside = topic_in(sound.path(), &broker, "beside");
        volume.lose();
        wait_until("it is noticed", || broker.log_of_last_start().contains("goes offline"));
        works(&broker, &beside);
        load.hold();
        assert!(broker.ended().is_none());
        assert_ne!(stop(&mut broker), Some(0), "a directory was not left in order");
        volume.find_again();
        broker.restart().expect("it recovers");
        load.check(&broker);
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    }
}

fn works(broker: &Broker, topic: &str) {
    let mut connection = broker.connect().expect("it answers");
    let producer = calls::producer_id(&mut connection).expect("an id");
    for first in 0..100 {
        append(&mut connection, topic, support::batch::Sequence { first, ..producer });
    }
}
