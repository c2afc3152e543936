//! How do shells and `man` learn the commands? From the same definition that parses them.

use crate::app::{Cli, Failure};
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::Write as _;
use std::path::Path;

/// Writes the completions of a shell to stdout.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "vestigo", &mut text);
    Ok(std::io::stdout().lock().write_all(&text)?)
}

/// Writes the manual: the page of the program to stdout, or every page into a folder.
pub(crate) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            Ok(clap_mangen::generate_to(command, folder)?)
        }
        None => Ok(clap_mangen::Man::new(command).render(&mut std::io::stdout().lock())?),
    }
}
