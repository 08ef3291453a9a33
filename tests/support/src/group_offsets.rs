//! The committed offset of a group that has no members, for partition 0 of one topic.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::calls;
use crate::connection::{Api, Connection};
use crate::wire::{Reader, Writer};

const OFFSET_COMMIT: Api = Api { key: 8, version: 8 };
const OFFSET_FETCH: Api = Api { key: 9, version: 7 };
const FIND_COORDINATOR: Api = Api { key: 10, version: 3 };
/// The coordinator may have to be made, or to read its log.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
pub struct GroupOffsets {
    pub group: &'static str,
    pub topic: &'static str,
}

impl GroupOffsets {
    /// Commits `offset` once the coordinator is there: who asks for it has it made.
    pub fn begin(&self, connection: &mut Connection, offset: i64) -> io::Result<()> {
        let mut body = Writer::default();
        body.compact_string(self.group).i8(0).no_tags();
        connection.call(FIND_COORDINATOR, &body)?;
        until_there(PATIENCE, || self.commit(connection, offset))
    }

    pub fn commit(&self, connection: &mut Connection, offset: i64) -> io::Result<()> {
        let mut body = Writer::default();
        body.compact_string(self.group).i32(-1).compact_string("").compact_null();
        body.compact_count(1).compact_string(self.topic).compact_count(1);
        body.i32(0).i64(offset).i32(-1).compact_null();
        body.no_tags().no_tags().no_tags();
        let mut answer = Reader::new(connection.call(OFFSET_COMMIT, &body)?);
        answer.i32()?;
        answer.compact_count()?;
        answer.compact_string()?;
        answer.compact_count()?;
        answer.i32()?;
        calls::check("OffsetCommit", answer.i16()?)
    }

    /// What is committed, once the coordinator is there.
    pub fn committed(&self, connection: &mut Connection) -> io::Result<i64> {
        self.committed_within(connection, PATIENCE)
    }

    /// What is committed, if the coordinator is there by then.
    pub fn committed_within(
        &self,
        connection: &mut Connection,
        patience: Duration,
    ) -> io::Result<i64> {
        until_there(patience, || self.fetch(connection))
    }

    fn fetch(&self, connection: &mut Connection) -> io::Result<i64> {
        let mut body = Writer::default();
        body.compact_string(self.group).compact_count(1).compact_string(self.topic);
        body.compact_count(1).i32(0).no_tags().i8(0).no_tags();
        let mut answer = Reader::new(connection.call(OFFSET_FETCH, &body)?);
        answer.i32()?;
        if answer.compact_count()? == 0 {
            calls::check("OffsetFetch", answer.i16()?)?;
            return Err(io::Error::other("no error, and no offset"));
        }
        answer.compact_string()?;
        answer.compact_count()?;
        answer.i32()?;
        let offset = answer.i64()?;
        answer.i32()?;
        answer.compact_string()?;
        calls::check("OffsetFetch", answer.i16()?)?;
        Ok(offset)
    }
}

fn until_there<T>(patience: Duration, mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let began = Instant::now();
    loop {
        match attempt() {
            Err(error) if calls::refusal(&error).is_some() && began.elapsed() < patience => {
                sleep(Duration::from_millis(50));
            }
            done => return done,
        }
    }
}
