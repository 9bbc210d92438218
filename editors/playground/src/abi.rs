//! What the page calls. Texts and files are passed through places in this memory, which the page reads and
//! writes between two calls:
//!
//! ```text
//! start()                          once
//! request(n) → where to write n bytes of JSON ┐
//! attach(n)  → where to write a file          ├ answer() → n; answered() → where the answer is
//! ```
//!
//! Code that panics stops for good, as the host's trap says; `answered` is then what it said last, of
//! `answer_length` bytes. The page makes a new instance.

#![expect(unsafe_code, reason = "what is exported has its own name")]

use std::cell::RefCell;

use crate::Playground;

#[derive(Default)]
struct Memory {
    request: Vec<u8>,
    attached: Vec<u8>,
    answer: String,
}

thread_local! {
    // There is one thread.
    static MEMORY: RefCell<Memory> = RefCell::default();
    static PLAYGROUND: RefCell<Playground> = RefCell::default();
}

/// Makes panics say what they are.
// SAFETY: no other function of this program has the name; so it is with those below.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.to_string();
        MEMORY.with_borrow_mut(|memory| memory.answer = said);
    }));
}

/// Where the next request is to be written.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn request(length: usize) -> *mut u8 {
    MEMORY.with_borrow_mut(|memory| {
        memory.request = vec![0; length];
        memory.request.as_mut_ptr()
    })
}

/// Where the file that the next request is about is to be written.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn attach(length: usize) -> *mut u8 {
    MEMORY.with_borrow_mut(|memory| {
        memory.attached = vec![0; length];
        memory.attached.as_mut_ptr()
    })
}

/// Answers the request. How many bytes of UTF-8 the answer has.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn answer() -> usize {
    let (request, attached) = MEMORY.with_borrow_mut(|memory| {
        let request = std::mem::take(&mut memory.request);
        (request, std::mem::take(&mut memory.attached))
    });
    let answer = PLAYGROUND.with_borrow_mut(|playground| playground.answer(&request, attached));
    MEMORY.with_borrow_mut(|memory| {
        memory.answer = answer;
        memory.answer.len()
    })
}

/// Where the answer is, until the next call of [`answer`].
#[unsafe(no_mangle)]
pub(crate) extern "C" fn answered() -> *const u8 {
    MEMORY.with_borrow(|memory| memory.answer.as_ptr())
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn answer_length() -> usize {
    MEMORY.with_borrow(|memory| memory.answer.len())
}
