//! Files that commands look at while no broker needs to run.
//!
//! Promise: opens for reading alone. The only place of the commands that reads log directories.

use std::fs;
use std::io;
use std::path::Path;

use shards::format::meta_properties;

use super::failure::Failure;

/// Largest file that is read as a whole; segments are read batch by batch.
const WHOLE_FILE_BYTES_MAX: u64 = 1 << 30;

/// All of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = fs::metadata(path).map_err(|cause| failure(path, cause))?.len();
    if size > WHOLE_FILE_BYTES_MAX {
        let path = path.display();
        return Err(Failure::failed(format!("{path}: {size} bytes are too many for such a file")));
    }
    fs::read(path).map_err(|cause| failure(path, cause))
}

/// Whether a node has taken the directory for its own.
pub(super) fn is_formatted(directory: &Path) -> bool {
    directory.join(meta_properties::FILE_NAME).exists()
}

fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::File { path: path.display().to_string(), cause }
}
