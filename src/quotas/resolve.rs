//! Which quotas hold for a client: of all that are set, the most specific one for each key.
//!
//! In this order: of the user and the client id, of the user and any client id, of the user; the
//! same three of any user; of the client id, of any client id. What is set for a user alone counts
//! for all clients of the user together, what is set for a client id for all users together, all
//! else for each pair by itself.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::keys::{
    CLIENT_ID, CONSUMER_BYTE_RATE, CONTROLLER_MUTATION_RATE, PRODUCER_BYTE_RATE,
    REQUEST_PERCENTAGE, USER,
};
use crate::limits;
use crate::metadata::security::{QuotaEntity, Security};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    ProducedBytes,
    FetchedBytes,
    /// In percent of one core.
    RequestTime,
    /// Partitions that are created and deleted.
    Mutations,
}

/// Whose use is counted together.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct MeterId {
    pub counted: Counted,
    /// Empty where it does not matter, as with the client id.
    pub user: String,
    pub client_id: String,
}

/// A limit, and where its use is counted. Cheap to clone, and goes to any core.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    pub meter: Arc<MeterId>,
    pub limit: f64,
}

impl Quota {
    /// The number of the core where its use is counted. What the controller does is counted where
    /// it is.
    pub fn home(&self, cores: usize) -> usize {
        if self.meter.counted == Counted::Mutations {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        self.meter.hash(&mut hasher);
        (hasher.finish() % cores as u64) as usize
    }
}

/// All that holds for one client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientQuotas {
    pub produced_bytes: Option<Quota>,
    pub fetched_bytes: Option<Quota>,
    pub request_time: Option<Quota>,
    pub mutations: Option<Quota>,
}

impl ClientQuotas {
    /// Of the client with this principal and client id; an empty client id is none.
    pub fn of(security: &Security, user: &str, client_id: &str) -> ClientQuotas {
        let find = |key, counted| find(security, user, client_id, key, counted);
        ClientQuotas {
            produced_bytes: find(PRODUCER_BYTE_RATE, Counted::ProducedBytes),
            fetched_bytes: find(CONSUMER_BYTE_RATE, Counted::FetchedBytes),
            request_time: find(REQUEST_PERCENTAGE, Counted::RequestTime),
            mutations: find(CONTROLLER_MUTATION_RATE, Counted::Mutations),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A name, or that of none that has its own.
type Name<'n> = Option<&'n str>;

fn find(
    security: &Security,
    user: &str,
    client_id: &str,
    key: &str,
    counted: Counted,
) -> Option<Quota> {
    let (named_user, named_client) = (Some(user), Some(client_id));
    let order: [(Option<Name<'_>>, Option<Name<'_>>); 8] = [
        (Some(named_user), Some(named_client)),
        (Some(named_user), Some(None)),
        (Some(named_user), None),
        (Some(None), Some(named_client)),
        (Some(None), Some(None)),
        (Some(None), None),
        (None, Some(named_client)),
        (None, Some(None)),
    ];
    let has_client_id = !client_id.is_empty();
    order.into_iter().filter(|(_, client)| has_client_id || client.is_none()).find_map(
        |(of_user, of_client)| {
            let limit = *security.client_quotas.get(&entity(of_user, of_client))?.get(key)?;
            let meter = MeterId {
                counted,
                user: of_user.map_or_else(String::new, |_| short(user)),
                client_id: of_client.map_or_else(String::new, |_| short(client_id)),
            };
            Some(Quota { meter: Arc::new(meter), limit })
        },
    )
}

/// A name that takes little memory; a long one by its hash.
fn short(name: &str) -> String {
    if name.len() <= limits::QUOTA_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// As it stands in the metadata: in the order of the types.
fn entity(user: Option<Name<'_>>, client_id: Option<Name<'_>>) -> QuotaEntity {
    let part = |kind: &str, name: Name<'_>| (kind.to_owned(), name.map(str::to_owned));
    let client_id = client_id.map(|name| part(CLIENT_ID, name));
    client_id.into_iter().chain(user.map(|name| part(USER, name))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Set = (Option<Name<'static>>, Option<Name<'static>>);

    /// Each with its place in the order as its limit.
    fn security(set: &[(Set, f64)]) -> Security {
        let quotas = set.iter().map(|((user, client_id), limit)| {
            let values = BTreeMap::from([(PRODUCER_BYTE_RATE.to_owned(), *limit)]);
            (entity(*user, *client_id), values)
        });
        Security { client_quotas: quotas.collect(), ..Security::default() }
    }

    const ORDER: [Set; 8] = [
        (Some(Some("u")), Some(Some("c"))),
        (Some(Some("u")), Some(None)),
        (Some(Some("u")), None),
        (Some(None), Some(Some("c"))),
        (Some(None), Some(None)),
        (Some(None), None),
        (None, Some(Some("c"))),
        (None, Some(None)),
    ];

    fn produced(security: &Security, user: &str, client_id: &str) -> Option<(f64, String)> {
        let quota = ClientQuotas::of(security, user, client_id).produced_bytes?;
        Some((quota.limit, format!("{}/{}", quota.meter.user, quota.meter.client_id)))
    }

    #[test]
    fn the_most_specific_one_holds() {
        let counted = ["u/c", "u/c", "u/", "u/c", "u/c", "u/", "/c", "/c"];
        for (first, counted) in counted.into_iter().enumerate() {
            let places = (first..ORDER.len()).map(|place| (ORDER[place], place as f64));
            let security = security(&places.collect::<Vec<_>>());
            let expected = (first as f64, counted.to_owned());
            assert_eq!(produced(&security, "u", "c"), Some(expected));
        }
    }

    #[test]
    fn others_are_not_concerned() {
        let named = security(&[(ORDER[0], 1.0), (ORDER[2], 2.0), (ORDER[6], 3.0)]);
        assert_eq!(produced(&named, "v", "d"), None);
        assert_eq!(produced(&named, "v", "c"), Some((3.0, "/c".to_owned())));
        assert_eq!(produced(&named, "u", "d"), Some((2.0, "u/".to_owned())));
        let quotas = ClientQuotas::of(&named, "u", "c");
        assert_eq!((quotas.fetched_bytes, quotas.mutations), (None, None));
        assert!(ClientQuotas::of(&named, "v", "d").is_empty());
    }

    #[test]
    fn who_has_no_client_id_has_no_default_of_client_ids() {
        let all: Vec<(Set, f64)> = ORDER.iter().map(|set| (*set, 1.0)).collect();
        assert_eq!(produced(&security(&all), "u", ""), Some((1.0, "u/".to_owned())));
        assert_eq!(produced(&security(&all[6..]), "u", ""), None);
    }

    #[test]
    fn a_quota_has_one_home() {
        let quota = |counted, client_id: String| {
            let meter = MeterId { counted, user: String::new(), client_id };
            Quota { meter: Arc::new(meter), limit: 1.0 }
        };
        let mut homes = [0; 4];
        for number in 0..400 {
            let client_id = format!("c{number}");
            let home = quota(Counted::FetchedBytes, client_id.clone()).home(4);
            assert_eq!(quota(Counted::FetchedBytes, client_id.clone()).home(4), home);
            assert_eq!(quota(Counted::Mutations, client_id).home(4), 0);
            homes[home] += 1;
        }
        assert!(homes.iter().all(|count| *count > 50), "{homes:?}");
    }
}
