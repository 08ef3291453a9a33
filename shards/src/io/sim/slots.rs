//! What is found by a number, fast: numbers rise, and none is used twice.

/// Things by their numbers.
pub(super) struct Slots<T>(Vec<Option<T>>);

impl<T> Slots<T> {
    /// Gives out numbers from `first` on.
    pub(super) fn from(first: usize) -> Slots<T> {
        Slots((0..first).map(|_| None).collect())
    }

    /// The number that the next thing gets.
    pub(super) fn next(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, thing: T) -> usize {
        self.0.push(Some(thing));
        self.0.len() - 1
    }

    pub(super) fn get(&self, number: usize) -> Option<&T> {
        self.0.get(number)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.0.get_mut(number)?.as_mut()
    }

    pub(super) fn remove(&mut self, number: usize) -> Option<T> {
        self.0.get_mut(number)?.take()
    }

    /// In the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.0.iter().enumerate().filter_map(|(number, thing)| Some((number, thing.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }
}
