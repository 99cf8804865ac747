//! An allocator that counts what each thread asks of it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counted.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

/// How often this thread asked for memory, or for more of it, while that ran; and what came of it.
pub fn counted<R>(run: impl FnOnce() -> R) -> (u64, R) {
    let before = ASKED.get();
    let out = run();
    (ASKED.get().wrapping_sub(before), out)
}

fn count() {
    // A thread that ends has nothing left to count with.
    let _ = ASKED.try_with(|asked| asked.set(asked.get().wrapping_add(1)));
}

#[expect(
    unsafe_code,
    reason = "each call is handed on as it came, and counting neither allocates nor panics"
)]
// SAFETY: the system's allocator does what is asked, and nothing is changed on the way.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}
