#pragma once
// What the allocator holds of memory that is free.

namespace shoal::host {

// Gives it back to the system at once: what the calling thread has freed, where the allocator keeps that by
// thread. Costs a walk over the thread's pages, a few milliseconds a gigabyte. Any thread.
void give_back_free_memory();

}  // namespace shoal::host
