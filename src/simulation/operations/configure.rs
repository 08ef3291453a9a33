//! The configuration of a topic changes, by one administrator.
//!
//! Model: a value that was answered for is in force after any crash, until the next one is; one
//! that was asked for and not answered may be.

use std::rc::Rc;

use super::topics;
use crate::protocol::ErrorCode;
use crate::protocol::generated::{describe_configs, incremental_alter_configs};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::scene::Scene;

/// Nobody deletes it.
const TOPIC: &str = "configured";
const RESOURCE_TOPIC: i8 = 2;
const SET: i8 = 0;

/// Keys, and values that the workload's batches bear.
const KEYS: [(&str, std::ops::Range<u64>); 3] = [
    ("segment.ms", 256..100_000),
    ("segment.bytes", 1 << 20..1 << 24),
    ("max.message.bytes", 1 << 20..1 << 22),
];

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let Some(between_ms) = scene.options.config_changes_ms_max else { return };
    topics::create(&scene, TOPIC).await;
    while scene.is_safety() {
        scene.pause(between_ms).await;
        change(&scene).await;
        // What was lost on its way is looked at again at the end.
        let _lost = look(&scene).await;
    }
}

async fn change(scene: &Rc<Scene>) {
    let (key, value) = {
        let mut dice = scene.dice.borrow_mut();
        let (key, values) = dice.pick(&KEYS).expect("there are three").clone();
        (key, dice.within(values).to_string())
    };
    let config = incremental_alter_configs::request::AlterableConfig {
        name: key.to_owned(),
        config_operation: SET,
        value: Some(value.clone()),
    };
    let resource = incremental_alter_configs::request::AlterConfigsResource {
        resource_type: RESOURCE_TOPIC,
        resource_name: TOPIC.to_owned(),
        configs: vec![config],
    };
    let request =
        incremental_alter_configs::Request { resources: vec![resource], validate_only: false };
    scene.model.borrow_mut().config(key).asked(&value);
    let code_of = |answer: &incremental_alter_configs::Response| {
        answer.responses.first().map(|resource| resource.error_code)
    };
    let Some((_, code)) = topics::insist(scene, &request, code_of).await else { return };
    match code {
        Some(ErrorCode::None) => {
            scene.note(|| format!("{key} is {value}"));
            scene.count(|counts| counts.config_changes += 1);
            scene.model.borrow_mut().config(key).answered(&value);
        }
        code => scene.violated(format!("{key} cannot be {value}: {code:?}")),
    }
}

/// Compares what is in force with what must be.
pub(super) async fn look(scene: &Rc<Scene>) -> Result<(), Lost> {
    if scene.model.borrow().live_topic(TOPIC).is_none() {
        return Ok(());
    }
    let connection = Connection::try_open(scene).await?;
    let resource = describe_configs::request::DescribeConfigsResource {
        resource_type: RESOURCE_TOPIC,
        resource_name: TOPIC.to_owned(),
        configuration_keys: Some(KEYS.iter().map(|(key, _)| (*key).to_owned()).collect()),
    };
    let request = describe_configs::Request { resources: vec![resource], ..Default::default() };
    let answer = connection.call(&request).await?;
    let Some(described) = answer.results.first().filter(|result| result.error_code == 0) else {
        scene.violated(format!("{TOPIC} is not described: {answer:?}"));
        return Ok(());
    };
    for (key, _) in &KEYS {
        let found = described.configs.iter().find(|config| config.name == *key);
        let value = found.and_then(|config| config.value.as_deref());
        let seen = scene.model.borrow_mut().config(key).seen(value);
        scene.check(seen.map_err(|what| format!("{key} of {TOPIC}: {what}")));
    }
    Ok(())
}
