//! Processor time and memory of this process, which is the laptop cloud with its clients, and of the functions'
//! processes, which are its children.

use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::measure::Error;

/// What has been used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// Processor time of the laptop cloud.
    pub(super) laptop: Duration,
    /// Processor time of the functions that still run.
    pub(super) functions: Duration,
    /// Resident memory of the laptop cloud, in bytes.
    pub(super) memory: u64,
}

/// Reads the usage.
pub(super) struct Reader {
    system: System,
    this: Pid,
}

impl Reader {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { system: System::new()?, this: get_current_pid()? })
    }

    pub(super) fn read(&mut self) -> Result<Usage, Error> {
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
        let this = self.system.process(self.this).ok_or("this process is not listed")?;
        let children = self.system.processes().values().filter(|process| process.parent() == Some(self.this));
        Ok(Usage {
            laptop: Duration::from_millis(this.accumulated_cpu_time()),
            functions: children.map(|child| Duration::from_millis(child.accumulated_cpu_time())).sum(),
            memory: this.memory(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let usage = Reader::new().unwrap().read().unwrap();
        assert!(usage.memory > 1_000_000, "{usage:?}");
    }
}
