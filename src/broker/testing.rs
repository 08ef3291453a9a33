//! A broker of one core, for tests.

use std::path::Path;

use shards::io::Durability;
use shards::mesh;
use shards::node_dir;
use shards::store::StoreOptions;

use super::*;
use crate::config::Settings;

/// With its data in `directory`; call it inside of `io::run`, as node 1.
pub async fn alone(directory: &Path) -> Rc<Core> {
    with_directories(&[directory]).await
}

/// The same with several log directories.
pub async fn with_directories(paths: &[&Path]) -> Rc<Core> {
    let owner = node_dir::Owner { cluster_id: Some("cluster".into()), node_id: 1 };
    let mut node_dirs = Vec::new();
    for path in paths {
        let (node_dir, _lock) = node_dir::prepare(path, &owner).await.unwrap();
        node_dirs.push(node_dir);
    }
    let shard = ShardId(0);
    let options = StoreOptions {
        shard,
        shards: 1,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
        segment_files_max: 1000,
    };
    let (store, _) = Store::recover(&node_dirs, &options).await.unwrap();
    let (settings, _) = Settings::load(None, &["node.id=1".to_owned()]).unwrap();
    let config = Arc::new(BrokerConfig::new(&settings).unwrap());
    let image = Arc::new(Image::empty("cluster"));
    let seat = mesh::seats(1).into_iter().next().unwrap();
    Core::new(Parts { shard, config, store, image, seat, request_bytes_max: 1 << 20 })
}
