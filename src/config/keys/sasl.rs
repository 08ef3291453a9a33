//! Keys of SASL and of delegation tokens.

use super::Initial::{Is, Null};
use super::{
    Bounds, Key, boolean, class, double, int, list, long, password, reasons, short, string,
};

pub(super) const KEYS: &[Key] = &[
    list("sasl.enabled.mechanisms", Is("GSSAPI"), "SASL mechanisms offered to clients.")
        .elements_or_none(&[])
        .per_broker()
        .restricts(reasons::SECURITY),
    password("sasl.jaas.config", Null, "Login module and its options for a mechanism.")
        .per_broker()
        .restricts(reasons::SECURITY),
    string(
        "sasl.mechanism.controller.protocol",
        Is("GSSAPI"),
        "SASL mechanism used with controllers.",
    )
    .high()
    .not_yet(reasons::SECURITY),
    string(
        "sasl.mechanism.inter.broker.protocol",
        Is("GSSAPI"),
        "SASL mechanism used among brokers.",
    )
    .per_broker()
    .not_yet(reasons::SECURITY),
    int(
        "sasl.server.max.receive.size",
        Is("524288"),
        "Largest message accepted before authentication has finished.",
    )
    .not_yet(reasons::SECURITY),
    class(
        "sasl.client.callback.handler.class",
        Null,
        "Class that answers questions of a SASL client.",
    )
    .foreign(reasons::JAVA),
    class(
        "sasl.server.callback.handler.class",
        Null,
        "Class that answers questions of a SASL server.",
    )
    .foreign(reasons::JAVA),
    class("sasl.login.callback.handler.class", Null, "Class that answers questions of a login.")
        .foreign(reasons::JAVA),
    class("sasl.login.class", Null, "Class that logs in.").foreign(reasons::JAVA),
    int("sasl.login.connect.timeout.ms", Null, "Timeout for connecting to the login server.")
        .low()
        .not_yet(reasons::SECURITY),
    int("sasl.login.read.timeout.ms", Null, "Timeout for reading from the login server.")
        .low()
        .not_yet(reasons::SECURITY),
    short(
        "sasl.login.refresh.buffer.seconds",
        Is("300"),
        "Time left on a credential before it is renewed.",
    )
    .per_broker()
    .not_yet(reasons::SECURITY),
    short(
        "sasl.login.refresh.min.period.seconds",
        Is("60"),
        "Shortest time between two renewals of a credential.",
    )
    .per_broker()
    .not_yet(reasons::SECURITY),
    double(
        "sasl.login.refresh.window.factor",
        Is("0.8"),
        "Share of a credential's life after which it is renewed.",
    )
    .per_broker()
    .not_yet(reasons::SECURITY),
    double("sasl.login.refresh.window.jitter", Is("0.05"), "Random part of the time of renewal.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    long("sasl.login.retry.backoff.ms", Is("100"), "First pause after a failed login.")
        .low()
        .not_yet(reasons::SECURITY),
    long("sasl.login.retry.backoff.max.ms", Is("10000"), "Longest pause after a failed login.")
        .low()
        .not_yet(reasons::SECURITY),
    string("sasl.kerberos.kinit.cmd", Is("/usr/bin/kinit"), "Path of kinit.")
        .per_broker()
        .foreign(reasons::KERBEROS),
    long("sasl.kerberos.min.time.before.relogin", Is("60000"), "Shortest time between two logins.")
        .per_broker()
        .foreign(reasons::KERBEROS),
    list(
        "sasl.kerberos.principal.to.local.rules",
        Is("DEFAULT"),
        "Rules that turn principals into user names.",
    )
    .elements_or_none(&[])
    .per_broker()
    .foreign(reasons::KERBEROS),
    string("sasl.kerberos.service.name", Null, "Name of the broker's Kerberos service.")
        .per_broker()
        .foreign(reasons::KERBEROS),
    double(
        "sasl.kerberos.ticket.renew.jitter",
        Is("0.05"),
        "Random part of the time of renewal of a ticket.",
    )
    .per_broker()
    .foreign(reasons::KERBEROS),
    double(
        "sasl.kerberos.ticket.renew.window.factor",
        Is("0.8"),
        "Share of a ticket's life after which it is renewed.",
    )
    .per_broker()
    .foreign(reasons::KERBEROS),
    string(
        "sasl.oauthbearer.assertion.algorithm",
        Is("RS256"),
        "Algorithm that signs the assertion.",
    )
    .bounds(Bounds::OneOfAnyCase(&["ES256", "RS256"]))
    .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.assertion.claim.aud", Null, "Audience in the assertion.")
        .not_yet(reasons::OAUTH),
    int("sasl.oauthbearer.assertion.claim.exp.seconds", Is("300"), "Life of the assertion.")
        .within(0, 86400)
        .low()
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.assertion.claim.iss", Null, "Issuer in the assertion.")
        .not_yet(reasons::OAUTH),
    boolean(
        "sasl.oauthbearer.assertion.claim.jti.include",
        Is("false"),
        "Put a unique id into the assertion.",
    )
    .not_yet(reasons::OAUTH),
    int(
        "sasl.oauthbearer.assertion.claim.nbf.seconds",
        Is("60"),
        "How far back the assertion is already valid.",
    )
    .within(0, 3600)
    .low()
    .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.assertion.claim.sub", Null, "Subject in the assertion.")
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.assertion.file", Null, "File with a ready assertion.")
        .not_yet(reasons::OAUTH),
    string(
        "sasl.oauthbearer.assertion.private.key.file",
        Null,
        "File with the key that signs the assertion.",
    )
    .not_yet(reasons::OAUTH),
    password("sasl.oauthbearer.assertion.private.key.passphrase", Null, "Password of that key.")
        .not_yet(reasons::OAUTH),
    string(
        "sasl.oauthbearer.assertion.template.file",
        Null,
        "File with more claims for the assertion.",
    )
    .not_yet(reasons::OAUTH),
    string(
        "sasl.oauthbearer.client.credentials.client.id",
        Null,
        "Client id for the token server.",
    )
    .not_yet(reasons::OAUTH),
    password(
        "sasl.oauthbearer.client.credentials.client.secret",
        Null,
        "Client secret for the token server.",
    )
    .not_yet(reasons::OAUTH),
    int("sasl.oauthbearer.clock.skew.seconds", Is("30"), "Difference of clocks that is tolerated.")
        .low()
        .not_yet(reasons::OAUTH),
    list("sasl.oauthbearer.expected.audience", Is(""), "Audiences of which a token must have one.")
        .elements_or_none(&[])
        .high()
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.expected.issuer", Null, "Issuer that a token must have.")
        .high()
        .not_yet(reasons::OAUTH),
    long(
        "sasl.oauthbearer.jwks.endpoint.refresh.ms",
        Is("3600000"),
        "Time after which the signing keys are fetched again.",
    )
    .low()
    .not_yet(reasons::OAUTH),
    long(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
        Is("100"),
        "First pause after a failed fetch of the keys.",
    )
    .low()
    .not_yet(reasons::OAUTH),
    long(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
        Is("10000"),
        "Longest pause after a failed fetch of the keys.",
    )
    .low()
    .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.jwks.endpoint.url", Null, "Address of the signing keys.")
        .not_yet(reasons::OAUTH),
    class(
        "sasl.oauthbearer.jwt.retriever.class",
        Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"),
        "Class that gets tokens.",
    )
    .foreign(reasons::JAVA),
    class(
        "sasl.oauthbearer.jwt.validator.class",
        Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"),
        "Class that checks tokens.",
    )
    .foreign(reasons::JAVA),
    string("sasl.oauthbearer.scope", Null, "Scope to ask the token server for.")
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.scope.claim.name", Is("scope"), "Claim that holds the scope.")
        .low()
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.sub.claim.name", Is("sub"), "Claim that holds the user's name.")
        .low()
        .not_yet(reasons::OAUTH),
    string("sasl.oauthbearer.token.endpoint.url", Null, "Address of the token server.")
        .not_yet(reasons::OAUTH),
    long(
        "delegation.token.expiry.check.interval.ms",
        Is("3600000"),
        "Time between two looks for expired tokens.",
    )
    .from(1)
    .low()
    .not_yet(reasons::DELEGATION_TOKENS),
    long("delegation.token.expiry.time.ms", Is("86400000"), "Life of a token between renewals.")
        .from(1)
        .not_yet(reasons::DELEGATION_TOKENS),
    long("delegation.token.max.lifetime.ms", Is("604800000"), "Longest life of a token.")
        .from(1)
        .not_yet(reasons::DELEGATION_TOKENS),
    password(
        "delegation.token.secret.key",
        Null,
        "Secret that signs tokens, the same on all nodes.",
    )
    .not_yet(reasons::DELEGATION_TOKENS),
];
