//! Stored objects, as files of one directory.
//!
//! A machine asks for a change and goes on; the answer comes when the change is durable. A disk takes as long as it takes,
//! so the changes are made on a thread of their own, in the order in which they were asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{Builder, JoinHandle};

use nameward_core::flow::{ObjectId, StoreId};
use nameward_core::machine::{Change, StoreError, StoreResult};

use crate::cause;

/// The directory of the stored objects. Object 0x1f is the file `000000000000001f`.
///
/// Nobody else may write there. A file that ends in `.new` is a replacement that a crash interrupted, and means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The directory at `path`, which must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// What is stored under this name; `None` if nothing was ever stored. Machines take it in their constructor.
    ///
    /// # Errors
    ///
    /// The file is there and cannot be read.
    pub fn load(&self, object: ObjectId) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.file(object)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes one change, and returns when it is durable.
    ///
    /// # Errors
    ///
    /// It is not. After a failed [`Change::Replace`] the old content is there, after a failed [`Change::Append`] perhaps a
    /// part of the new one.
    pub fn apply(&self, object: ObjectId, change: &Change) -> io::Result<()> {
        match change {
            Change::Append(data) => self.append(&self.file(object), data),
            Change::Replace(data) => self.replace(&self.file(object), data),
        }
    }

    fn append(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let is_new = !path.exists();
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(data)?;
        file.sync_data()?;
        if is_new { self.sync_names() } else { Ok(()) }
    }

    fn replace(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(data)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        self.sync_names()
    }

    /// A name is durable when its directory is.
    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn file(&self, object: ObjectId) -> PathBuf {
        self.path.join(format!("{:016x}", object.0))
    }
}

struct Job {
    token: StoreId,
    object: ObjectId,
    change: Change,
}

/// The thread that makes changes durable. Dropping it waits until all of them are.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    results: Receiver<(StoreId, StoreResult)>,
    outstanding: usize,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. The socket becomes readable when there are results.
    pub(crate) fn start(directory: Directory) -> io::Result<(Self, UnixStream)> {
        let (jobs, todo) = channel::<Job>();
        let (done, results) = channel();
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let thread = Builder::new().name("nameward-store".into()).spawn(move || {
            for Job {
                token,
                object,
                change,
            } in todo
            {
                let result = directory
                    .apply(object, &change)
                    .map_err(|error| cause::of_store(&error));
                if done.send((token, result)).is_err() {
                    return;
                }
                // If there is no room for another byte, then a wake-up is already under way.
                let _ = (&wake).write(&[0]);
            }
        })?;
        let writer = Self {
            jobs: Some(jobs),
            results,
            outstanding: 0,
            thread: Some(thread),
        };
        Ok((writer, woken))
    }

    /// Asks for a change. An error is the answer, there and then.
    pub(crate) fn store(&mut self, token: StoreId, object: ObjectId, change: Change) -> StoreResult {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Device)?;
        jobs.send(Job {
            token,
            object,
            change,
        })
        .map_err(|_| StoreError::Device)?;
        self.outstanding += 1;
        Ok(())
    }

    pub(crate) fn next_result(&mut self) -> Option<(StoreId, StoreResult)> {
        match self.results.try_recv() {
            Ok(result) => {
                self.outstanding -= 1;
                Some(result)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.outstanding = 0;
                None
            }
        }
    }

    /// Whether every change has been answered.
    pub(crate) fn is_idle(&self) -> bool {
        self.outstanding == 0
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the thread.
            let _ = thread.join();
        }
    }
}
