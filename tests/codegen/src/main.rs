//! `cargo run -p codegen`: writes the generated files and removes those that are no longer made.

use std::fs;

fn main() -> std::io::Result<()> {
    let root = codegen::protocol_directory();
    let output = codegen::generate(&codegen::load());
    if root.join("generated").exists() {
        fs::remove_dir_all(root.join("generated"))?;
    }
    for (path, text) in &output {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    println!("{} files written below {}", output.len(), root.display());
    Ok(())
}
