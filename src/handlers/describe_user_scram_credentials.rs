//! DescribeUserScramCredentials (key 50), version 0.
//!
//! Which credentials the metadata holds of users, as on a directory taken over from Kafka; nobody
//! can log in with them yet, nor set others. Kafka's tool asks for them whenever it shows the
//! quotas of users.
//! Skipped: authorization.   Runs on the connection's core.

use std::collections::BTreeMap;

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::metadata::security::Security;
use crate::protocol::describe_user_scram_credentials::request::Request;
use crate::protocol::describe_user_scram_credentials::response::{
    CredentialInfo, DescribeUserScramCredentialsResult, Response,
};
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::errors::sentence;

pub const API: Api = Api { key: ApiKey::DescribeUserScramCredentials, versions: 0..=0, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        respond(&context.broker.image().security, request)
    })
}

/// All users if none is named.
fn respond(security: &Security, request: Request) -> Response {
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    for user in request.users.unwrap_or_default() {
        *wanted.entry(user.name).or_default() += 1;
    }
    let mut by_user: BTreeMap<&str, Vec<CredentialInfo>> = BTreeMap::new();
    for ((mechanism, user), credential) in &security.scram_credentials {
        let info = CredentialInfo { mechanism: *mechanism, iterations: credential.iterations };
        by_user.entry(user).or_default().push(info);
    }
    if wanted.is_empty() {
        wanted = by_user.keys().map(|user| ((*user).to_owned(), 1)).collect();
    }
    let result = |(user, count): (String, usize)| {
        let refuse = |code: ErrorCode, why: &str| {
            (code as i16, Some(sentence(format!("{why}: {user}"))), None)
        };
        let (error_code, error_message, found) = match by_user.remove(user.as_str()) {
            _ if count > 1 => refuse(
                ErrorCode::DuplicateResource,
                "Cannot describe SCRAM credentials for the same user twice in a single request",
            ),
            None => refuse(
                ErrorCode::ResourceNotFound,
                "Attempt to describe a user credential that does not exist",
            ),
            found => (ErrorCode::None as i16, None, found),
        };
        let credential_infos = found.unwrap_or_default();
        DescribeUserScramCredentialsResult { user, error_code, error_message, credential_infos }
    };
    let results = wanted.into_iter().map(result).collect();
    Response { error_message: None, results, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;
    use crate::protocol::describe_user_scram_credentials::request::UserName;
    use crate::protocol::metadata_records::UserScramCredentialRecord;

    fn security() -> Security {
        let keys = [(1, "a"), (2, "a"), (1, "b")].map(|(kind, user)| (kind, user.to_owned()));
        let credential = UserScramCredentialRecord { iterations: 4096, ..Default::default() };
        let scram_credentials = keys.into_iter().map(|key| (key, credential.clone())).collect();
        Security { scram_credentials, ..Security::default() }
    }

    /// Each user with its error and its number of credentials.
    fn ask(users: Option<&[&str]>) -> Vec<(String, i16, usize)> {
        let name = |name: &&str| UserName { name: (*name).to_owned() };
        let users = users.map(|users| users.iter().map(name).collect());
        let response = respond(&security(), Request { users });
        response.to_vec(0).unwrap();
        let results = response.results.into_iter();
        results.map(|it| (it.user, it.error_code, it.credential_infos.len())).collect()
    }

    #[test]
    fn all_users_or_those_that_are_named() {
        assert_eq!(ask(None), [("a".to_owned(), 0, 2), ("b".to_owned(), 0, 1)]);
        assert_eq!(ask(Some(&[])), ask(None));
        let named = ask(Some(&["b", "c", "a", "a"]));
        let (twice, unknown) = (ErrorCode::DuplicateResource, ErrorCode::ResourceNotFound);
        let expected = [
            ("a".to_owned(), twice as i16, 0),
            ("b".to_owned(), 0, 1),
            ("c".to_owned(), unknown as i16, 0),
        ];
        assert_eq!(named, expected);
    }
}
