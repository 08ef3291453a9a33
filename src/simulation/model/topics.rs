//! Topics as the clients know them.

/// Whether a topic is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulation) enum Existence {
    Live,
    /// Asked for, and not known to be done.
    Deleting,
    Deleted,
}

#[derive(Clone, Debug)]
pub(in crate::simulation) struct TopicModel {
    pub name: String,
    pub existence: Existence,
    /// At least so many.
    pub partitions: i32,
    /// At most so many, if more were asked for.
    pub partitions_max: i32,
}
