//! Listeners: `NAME://host:port`, and which security protocol each name stands for.

use std::collections::BTreeMap;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// Whom a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Broker,
    Controller,
}

/// An address to listen on, or to tell clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Upper case, as Kafka compares it.
    pub name: String,
    /// Empty for every interface.
    pub host: String,
    pub port: u16,
    pub protocol: SecurityProtocol,
    pub role: Role,
}

impl Endpoint {
    /// As it is written: an IPv6 address in brackets.
    pub fn address(&self) -> String {
        address_text(&self.host, self.port)
    }
}

/// `host:port`, an IPv6 address in brackets.
pub fn address_text(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// A voter of the quorum: `id@host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    pub id: i32,
    pub host: String,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("{key}: `{text}` is not of the form NAME://host:port")]
    Malformed { key: &'static str, text: String },
    #[error(
        "{key}: no security protocol is given for listener {name}; add {name}:PLAINTEXT (or \
         another protocol) to listener.security.protocol.map"
    )]
    NoProtocol { key: &'static str, name: String },
    #[error(
        "listener.security.protocol.map: `{text}` is not of the form NAME:PROTOCOL with \
         PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )]
    BadProtocol { text: String },
    #[error("{key}: listener name {name} is given twice; each listener needs a name of its own")]
    SameName { key: &'static str, name: String },
    #[error("{key}: port {port} is given twice; each listener needs a port of its own")]
    SamePort { key: &'static str, port: u16 },
    #[error("{key}: `{text}` is not of the form host:port")]
    BadAddress { key: &'static str, text: String },
    #[error("controller.quorum.voters: `{text}` is not of the form id@host:port")]
    BadVoter { text: String },
}

impl SecurityProtocol {
    pub fn parse(text: &str) -> Option<SecurityProtocol> {
        match text.trim().to_ascii_uppercase().as_str() {
            "PLAINTEXT" => Some(Self::Plaintext),
            "SSL" => Some(Self::Ssl),
            "SASL_PLAINTEXT" => Some(Self::SaslPlaintext),
            "SASL_SSL" => Some(Self::SaslSsl),
            _ => None,
        }
    }

    /// The number of this protocol in metadata records.
    pub fn id(self) -> i16 {
        match self {
            Self::Plaintext => 0,
            Self::Ssl => 1,
            Self::SaslPlaintext => 2,
            Self::SaslSsl => 3,
        }
    }
}

/// Protocols by upper-case listener name.
pub fn parse_protocol_map(text: &str) -> Result<BTreeMap<String, SecurityProtocol>, EndpointError> {
    let mut map = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let bad = || EndpointError::BadProtocol { text: pair.to_owned() };
        let (name, protocol) = pair.split_once(':').ok_or_else(bad)?;
        let protocol = SecurityProtocol::parse(protocol).ok_or_else(bad)?;
        map.insert(name.trim().to_ascii_uppercase(), protocol);
    }
    Ok(map)
}

/// What the listeners of one key have in common.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    pub key: &'static str,
    pub protocols: &'a BTreeMap<String, SecurityProtocol>,
    /// Upper-case names of the listeners that controllers use.
    pub controllers: &'a [String],
}

/// Reads a list of listeners. Port 0 may be given more than once: the system picks each.
pub fn parse_endpoints(
    texts: &[String],
    naming: Naming<'_>,
) -> Result<Vec<Endpoint>, EndpointError> {
    let mut endpoints: Vec<Endpoint> = Vec::with_capacity(texts.len());
    for text in texts {
        let endpoint = parse_endpoint(text, naming)?;
        if endpoints.iter().any(|earlier| earlier.name == endpoint.name) {
            return Err(EndpointError::SameName { key: naming.key, name: endpoint.name });
        }
        endpoints.push(endpoint);
    }
    Ok(endpoints)
}

/// Two listeners may share a port only if one is for IPv4 and the other for IPv6.
pub fn check_ports(key: &'static str, endpoints: &[Endpoint]) -> Result<(), EndpointError> {
    for (index, endpoint) in endpoints.iter().enumerate() {
        let clash = endpoints.iter().skip(index + 1).any(|later| {
            let families_differ = later.host.contains(':') != endpoint.host.contains(':');
            let both_addresses = is_address(&later.host) && is_address(&endpoint.host);
            later.port == endpoint.port && !(families_differ && both_addresses)
        });
        if clash && endpoint.port != 0 {
            return Err(EndpointError::SamePort { key, port: endpoint.port });
        }
    }
    Ok(())
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

fn parse_endpoint(text: &str, naming: Naming<'_>) -> Result<Endpoint, EndpointError> {
    let key = naming.key;
    let malformed = || EndpointError::Malformed { key, text: text.to_owned() };
    let (name, address) = text.split_once("://").ok_or_else(malformed)?;
    let (host, port) = split_address(address).ok_or_else(malformed)?;
    let name = name.trim().to_ascii_uppercase();
    if name.is_empty() || host.contains(char::is_whitespace) {
        return Err(malformed());
    }
    let protocol = match naming.protocols.get(&name) {
        Some(protocol) => *protocol,
        None => return Err(EndpointError::NoProtocol { key, name }),
    };
    let role = if naming.controllers.contains(&name) { Role::Controller } else { Role::Broker };
    Ok(Endpoint { name, host: host.to_owned(), port, protocol, role })
}

/// Host (without the brackets of an IPv6 address) and port.
fn split_address(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.trim().rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    Some((host, port))
}

/// `host:port` of a list of addresses.
pub fn parse_addresses(
    key: &'static str,
    texts: &[String],
) -> Result<Vec<(String, u16)>, EndpointError> {
    let parse = |text: &String| match split_address(text) {
        Some((host, port)) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(EndpointError::BadAddress { key, text: text.clone() }),
    };
    texts.iter().map(parse).collect()
}

pub fn parse_voters(texts: &[String]) -> Result<Vec<Voter>, EndpointError> {
    let parse = |text: &String| {
        let (id, address) = text.split_once('@')?;
        let (host, port) = split_address(address)?;
        let id = id.trim().parse().ok().filter(|id| *id >= 0)?;
        Some(Voter { id, host: host.to_owned(), port })
    };
    let bad = |text: &String| EndpointError::BadVoter { text: text.clone() };
    texts.iter().map(|text| parse(text).ok_or_else(|| bad(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(texts: &[&str]) -> Result<Vec<Endpoint>, EndpointError> {
        let protocols = parse_protocol_map("PLAINTEXT:PLAINTEXT,ctl:SSL").unwrap();
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let controllers = ["CTL".to_owned()];
        let naming = Naming { key: "listeners", protocols: &protocols, controllers: &controllers };
        parse_endpoints(&texts, naming)
    }

    #[test]
    fn names_hosts_ports_and_roles() {
        let parsed = endpoints(&["plaintext://:9092", "CTL://[::1]:9093"]).unwrap();
        assert_eq!(parsed[0].name, "PLAINTEXT");
        assert_eq!((parsed[0].host.as_str(), parsed[0].port), ("", 9092));
        assert_eq!(
            (parsed[0].protocol, parsed[0].role),
            (SecurityProtocol::Plaintext, Role::Broker)
        );
        assert_eq!((parsed[1].host.as_str(), parsed[1].port), ("::1", 9093));
        assert_eq!([0, 1].map(|at| parsed[at].address()), [":9092", "[::1]:9093"]);
        assert_eq!((parsed[1].protocol, parsed[1].role), (SecurityProtocol::Ssl, Role::Controller));
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        for wrong in
            ["9092", "PLAINTEXT://host", "PLAINTEXT://h:99999", "PLAINTEXT://::1:9", "://h:1"]
        {
            assert!(matches!(endpoints(&[wrong]), Err(EndpointError::Malformed { .. })), "{wrong}");
        }
        assert!(matches!(endpoints(&["OTHER://h:1"]), Err(EndpointError::NoProtocol { .. })));
        assert!(matches!(
            endpoints(&["CTL://h:1", "ctl://h:2"]),
            Err(EndpointError::SameName { .. })
        ));
        assert!(parse_protocol_map("A:WHAT").is_err());
    }

    #[test]
    fn a_port_is_shared_only_between_address_families() {
        let check = |texts: &[&str]| check_ports("listeners", &endpoints(texts).unwrap());
        assert!(check(&["PLAINTEXT://h:1", "CTL://h:1"]).is_err());
        assert!(check(&["PLAINTEXT://127.0.0.1:1", "CTL://[::1]:1"]).is_ok());
        assert!(check(&["PLAINTEXT://h:0", "CTL://h:0"]).is_ok());
    }

    #[test]
    fn voters() {
        let texts = ["1@a:9".to_owned(), "2@[::1]:10".to_owned()];
        let voters = parse_voters(&texts).unwrap();
        assert_eq!(voters[1], Voter { id: 2, host: "::1".into(), port: 10 });
        for wrong in ["a:9", "x@a:9", "-1@a:9", "1@a"] {
            assert!(parse_voters(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
