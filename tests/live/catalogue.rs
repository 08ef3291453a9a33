//! Every request of the protocol, served or not, by key.

use codegen::{File, FileKind, Message, MessageKind};

pub(crate) struct Entry {
    pub(crate) key: i16,
    pub(crate) request: Message,
}

/// All of them, in the order of their keys.
pub(crate) fn load() -> Vec<Entry> {
    codegen::load().into_iter().filter_map(entry).collect()
}

fn entry(file: File) -> Option<Entry> {
    let FileKind::Api(api) = &file.kind else { return None };
    let is_request = |message: &Message| message.kind == MessageKind::Request;
    let request = file.messages.iter().find(|message| is_request(message))?.clone();
    Some(Entry { key: api.key, request })
}
