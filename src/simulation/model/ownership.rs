//! Who owns which partitions of a group, generation by generation.
//!
//! Promise: within a generation each partition has one owner, before and after any crash; a
//! generation that was answered to anyone is never followed by an older one.

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(in crate::simulation) struct OwnershipModel {
    owners: BTreeMap<(i32, u32), String>,
    generation: i32,
}

impl OwnershipModel {
    /// The youngest generation that has got its assignments.
    pub(in crate::simulation) fn generation(&self) -> i32 {
        self.generation
    }

    /// A member was let into a generation; `floor` was known when it asked.
    pub(in crate::simulation) fn joined(&self, generation: i32, floor: i32) -> Result<(), String> {
        match generation < floor {
            true => Err(format!("generation {generation} comes after {floor}")),
            false => Ok(()),
        }
    }

    /// A member was given partitions.
    pub(in crate::simulation) fn assigned(
        &mut self,
        generation: i32,
        member: &str,
        partitions: &[u32],
    ) -> Result<(), String> {
        self.generation = self.generation.max(generation);
        for partition in partitions {
            let key = (generation, *partition);
            let owner = self.owners.entry(key).or_insert_with(|| member.to_owned());
            if owner != member {
                return Err(format!(
                    "partition {partition} of generation {generation} belongs to {owner} and to \
                     {member}"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_has_one_owner_in_a_generation() {
        let mut model = OwnershipModel::default();
        assert_eq!(model.assigned(1, "a", &[0, 1]), Ok(()));
        assert_eq!(model.assigned(1, "b", &[2]), Ok(()));
        assert_eq!(model.assigned(2, "b", &[0, 1, 2]), Ok(()));
        assert!(model.assigned(2, "a", &[1]).is_err());
    }

    #[test]
    fn generations_do_not_go_back() {
        let mut model = OwnershipModel::default();
        model.assigned(4, "a", &[]).unwrap();
        assert_eq!(model.joined(4, model.generation()), Ok(()));
        assert!(model.joined(3, model.generation()).is_err());
    }
}
