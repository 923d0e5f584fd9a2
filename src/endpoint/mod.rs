//! Endpoints as data: one platform method, how its calls are put together and how its replies are read.

pub mod catalogue;
mod definition;
mod file;
mod read;
mod read_back;
pub mod reply;
mod request;
mod resolve;

pub use definition::{
    Bound, CodeAction, CodeRule, Destructive, Endpoint, FailureList, Field, FieldKind, Items,
    Method, Preflight, ReplyReader, RequestPart, RequestValue, Resend, Shape, TokenKind, Window,
    Within, Written,
};
pub use file::schema;
pub use read::{Pages, Read, ReadValue, schema as read_schema};
pub use read_back::{CanReadBack, DayFields, Gone, PresentReader, ReadBack};
pub(crate) use request::write_name;
pub use request::{Request, Values};
