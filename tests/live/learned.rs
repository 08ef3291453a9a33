//! What answers told, for the requests after them: a hostile client that knows valid ids reaches
//! further than one that guesses.

use std::collections::VecDeque;

use ringlog::protocol::{
    ApiKey, Message, Reader, ResponseHeader, create_topics, init_producer_id, join_group, metadata,
};
use support::load::random::Random;

#[derive(Default)]
pub(crate) struct Learned {
    member_ids: VecDeque<String>,
    topic_ids: VecDeque<[u8; 16]>,
    generation_id: Option<i32>,
    session_id: Option<i32>,
    producer_id: Option<i64>,
}

const FETCH_SESSIONS_FROM: i16 = 7;
const KEPT_MAX: usize = 20;

impl Learned {
    /// Reads an answer, header and body. Panics on one that is not what its version says.
    pub(crate) fn note(&mut self, key: i16, version: i16, answer: &[u8]) {
        let Some(api) = ApiKey::from_i16(key) else { return };
        let mut reader = Reader::new(answer);
        ResponseHeader::decode(&mut reader, api, version).expect("an answer has its header");
        let reader = &mut reader;
        match api {
            ApiKey::JoinGroup => {
                let answer: join_group::Response = body(reader, version);
                self.generation_id = Some(answer.generation_id);
                keep(&mut self.member_ids, answer.member_id);
            }
            ApiKey::InitProducerId => {
                let answer: init_producer_id::Response = body(reader, version);
                self.producer_id = Some(answer.producer_id);
            }
            ApiKey::Fetch if version >= FETCH_SESSIONS_FROM => {
                let head = (reader.i32(), reader.i16(), reader.i32());
                let (Ok(_throttled), Ok(_code), Ok(session_id)) = head else {
                    panic!("a Fetch answer of {} bytes", answer.len());
                };
                self.session_id = Some(session_id);
            }
            ApiKey::CreateTopics => {
                let answer: create_topics::Response = body(reader, version);
                answer.topics.iter().for_each(|topic| self.note_topic(topic.topic_id.as_bytes()));
            }
            ApiKey::Metadata => {
                let answer: metadata::Response = body(reader, version);
                let prey = answer.topics.iter().filter(|topic| {
                    let name = topic.name.as_deref().unwrap_or_default();
                    crate::sampler::TOPICS.contains(&name)
                });
                prey.for_each(|topic| self.note_topic(topic.topic_id.as_bytes()));
            }
            _ => {}
        }
    }

    fn note_topic(&mut self, id: &[u8; 16]) {
        keep(&mut self.topic_ids, *id);
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match name {
            "generation_id" | "generation_id_or_member_epoch" => self.generation_id.map(i64::from),
            "session_id" => self.session_id.map(i64::from),
            "producer_id" => self.producer_id,
            _ => None,
        }
    }

    pub(crate) fn member_id(&self, random: &mut Random) -> String {
        any(&self.member_ids, random).unwrap_or_default()
    }

    pub(crate) fn topic_id(&self, random: &mut Random) -> [u8; 16] {
        match random.below(10) {
            0 => [0; 16],
            1 => [0xab; 16],
            _ => any(&self.topic_ids, random).unwrap_or_default(),
        }
    }
}

fn body<M: Message>(reader: &mut Reader<'_>, version: i16) -> M {
    M::decode(reader, version).unwrap_or_else(|error| panic!("answer of {}: {error}", M::NAME))
}

fn keep<T>(kept: &mut VecDeque<T>, new: T) {
    kept.push_back(new);
    if kept.len() > KEPT_MAX {
        kept.pop_front();
    }
}

fn any<T: Clone>(kept: &VecDeque<T>, random: &mut Random) -> Option<T> {
    if kept.is_empty() {
        return None;
    }
    kept.get(random.below(kept.len() as u64) as usize).cloned()
}
