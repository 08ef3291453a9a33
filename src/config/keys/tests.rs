use std::collections::BTreeSet;

use super::*;

fn all() -> impl Iterator<Item = (Scope, &'static Key)> {
    Scope::ALL.into_iter().flat_map(|scope| scope.keys().iter().map(move |key| (scope, *key)))
}

#[test]
fn names_are_unique_in_their_scope() {
    for scope in Scope::ALL {
        let names: BTreeSet<&str> = scope.keys().iter().map(|key| key.name).collect();
        assert_eq!(names.len(), scope.keys().len());
        assert!(scope.keys().iter().all(|key| scope.find(key.name).is_some()));
    }
}

#[test]
fn every_key_has_a_sentence_of_one_line() {
    for (_, key) in all() {
        assert!(key.sentence.ends_with('.'), "{}", key.name);
        assert!(key.sentence.len() <= 100, "{}", key.name);
        assert!(!key.sentence.contains(['|', '\n']), "{}", key.name);
    }
}

#[test]
fn defaults_are_allowed_by_their_own_bounds() {
    for (_, key) in all() {
        for default in [Some(key.default), key.kafka_default].into_iter().flatten() {
            if let Initial::Is(text) = default {
                key.parse(text).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}

#[test]
fn synonyms_are_broker_keys_of_a_number_type() {
    for (_, key) in all() {
        for synonym in key.synonyms {
            let broker = Scope::Broker.find(synonym.name).expect(synonym.name);
            let is_number = matches!(broker.kind, Kind::Int | Kind::Long | Kind::Short);
            assert!(synonym.factor == 1 || is_number, "{}", key.name);
        }
    }
}

#[test]
fn the_tables_have_kafka_s_keys_and_ours() {
    let count = |scope: Scope| scope.keys().iter().filter(|key| !key.is_ours()).count();
    assert_eq!(count(Scope::Broker), 360 + DYNAMIC_ONLY.len() + OF_THE_AUTHORIZER.len());
    assert_eq!(count(Scope::Topic), 34);
    assert_eq!(count(Scope::Group), 17);
    assert_eq!(count(Scope::ClientMetrics), 3);
    assert!(OF_THE_AUTHORIZER.iter().all(|name| Scope::Broker.find(name).is_some()));
    assert!(DYNAMIC_ONLY.iter().all(|name| Scope::Broker.find(name).is_some()));
}
