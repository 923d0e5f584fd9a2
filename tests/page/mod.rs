//! The local page over raw sockets: who gets in, what each address answers, and that what was shown is what is sent.

mod confirming;
mod flow;
mod guard;
mod limits;
#[cfg(unix)]
mod process;
mod site;
