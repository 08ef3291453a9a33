//! Keys of TLS.

use super::Initial::{Is, Null};
use super::{Key, boolean, class, list, password, reasons, string};

pub(super) const KEYS: &[Key] = &[
    boolean("ssl.allow.dn.changes", Is("false"), "Let a new certificate have another subject.")
        .low()
        .not_yet(reasons::SECURITY),
    boolean(
        "ssl.allow.san.changes",
        Is("false"),
        "Let a new certificate have other alternative names.",
    )
    .low()
    .not_yet(reasons::SECURITY),
    list("ssl.cipher.suites", Is(""), "Cipher suites allowed; empty means the defaults.")
        .elements_or_none(&[])
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.client.auth", Is("none"), "Whether clients must show a certificate.")
        .one_of(&["required", "requested", "none"])
        .per_broker()
        .restricts(reasons::SECURITY),
    list("ssl.enabled.protocols", Is("TLSv1.2,TLSv1.3"), "TLS versions allowed.")
        .elements_or_none(&[])
        .per_broker()
        .not_yet(reasons::SECURITY),
    string(
        "ssl.endpoint.identification.algorithm",
        Is("https"),
        "How the name in a server's certificate is checked; empty means not at all.",
    )
    .low()
    .per_broker()
    .not_yet(reasons::SECURITY),
    class("ssl.engine.factory.class", Null, "Class that makes TLS engines.")
        .low()
        .per_broker()
        .foreign(reasons::JAVA),
    password("ssl.key.password", Null, "Password of the private key.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.keymanager.algorithm", Is("SunX509"), "Algorithm of the key manager.")
        .per_broker()
        .foreign(reasons::JAVA),
    password("ssl.keystore.certificate.chain", Null, "Certificate chain, in PEM.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    password("ssl.keystore.key", Null, "Private key, in PEM.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.keystore.location", Null, "File with certificate and private key.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    password("ssl.keystore.password", Null, "Password of the key store file.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.keystore.type", Is("JKS"), "Format of the key store file.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string(
        "ssl.principal.mapping.rules",
        Is("DEFAULT"),
        "Rules that turn a certificate's subject into a user name.",
    )
    .low()
    .not_yet(reasons::SECURITY),
    string("ssl.protocol", Is("TLSv1.3"), "TLS version preferred.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.provider", Null, "Java security provider for TLS.")
        .per_broker()
        .foreign(reasons::JAVA),
    string("ssl.secure.random.implementation", Null, "Java random generator for TLS.")
        .low()
        .per_broker()
        .foreign(reasons::JAVA),
    string("ssl.trustmanager.algorithm", Is("PKIX"), "Algorithm of the trust manager.")
        .per_broker()
        .foreign(reasons::JAVA),
    password("ssl.truststore.certificates", Null, "Certificates to trust, in PEM.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.truststore.location", Null, "File with the certificates to trust.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    password("ssl.truststore.password", Null, "Password of the trust store file.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("ssl.truststore.type", Is("JKS"), "Format of the trust store file.")
        .per_broker()
        .not_yet(reasons::SECURITY),
    string("security.providers", Null, "Java security providers to add.")
        .low()
        .foreign(reasons::JAVA),
    class(
        "principal.builder.class",
        Is("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"),
        "Class that names the user of a connection.",
    )
    .per_broker()
    .restricts(reasons::JAVA),
];
