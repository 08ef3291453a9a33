//! `cargo run -p codegen` writes the generated files and removes those that are no longer made.
//! `cargo run -p codegen -- samples` prints samples of all messages, for `against_kafka/run`.

use std::fs;
use std::io::{self, Write as _};

use codegen::sample::{Seed, Shape, default_is_writable, sample};
use codegen::{File, FileKind, Message};

const SHAPES: [Shape; 7] = [
    Shape::Default,
    Shape::Smallest,
    Shape::Full,
    Shape::Mixed,
    Shape::Mixed,
    Shape::Mixed,
    Shape::Mixed,
];

fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        None => write_generated(),
        Some("samples") => print_samples(),
        Some(other) => {
            Err(io::Error::other(format!("{other} is not known; `samples` or nothing wanted")))
        }
    }
}

fn write_generated() -> io::Result<()> {
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

fn print_samples() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut seed = Seed(1);
    for file in &codegen::load() {
        for message in &file.messages {
            for version in message.versions.first..=message.versions.last {
                for shape in SHAPES {
                    if shape == Shape::Default && !default_is_writable(message, version) {
                        continue;
                    }
                    let kind = if shape == Shape::Default { "default" } else { "sample" };
                    let bytes = sample(message, version, shape, &mut seed);
                    write!(out, "{}\t{version}\t{kind}\t", kafka_class(file, message))?;
                    for byte in bytes {
                        write!(out, "{byte:02x}")?;
                    }
                    writeln!(out)?;
                }
            }
        }
    }
    out.flush()
}

/// The class that Kafka's own generator makes of the message.
fn kafka_class(file: &File, message: &Message) -> String {
    let name = &message.name;
    match &file.kind {
        FileKind::Api(api) => format!("org.apache.kafka.common.message.{}{name}Data", api.name),
        FileKind::Records { name: records } => match records.as_str() {
            "Metadata" => format!("org.apache.kafka.common.metadata.{name}"),
            "Control" | "Embedded" => format!("org.apache.kafka.common.message.{name}"),
            coordinator => {
                let package = coordinator.to_lowercase();
                format!("org.apache.kafka.coordinator.{package}.generated.{name}")
            }
        },
    }
}
