/* A bounded pool of great buffers. Pages and lines of half a megabyte come and go all the time, and the system charges
 * a fault for each 4 KiB of memory that is new to a process: what one is done with, the next gets warm.
 *
 * What the pool keeps is bounded; memory that it has to take anew comes in place of kept memory, so that both together
 * stay at what was out at once; and what nobody needed between two calls of buffers_tidy is given back, so that memory
 * falls after a burst. Buffers are ordinary `struct bytes`: they may grow, and be freed by bytes_free, without
 * the pool. Any thread may call; the functions take NULL for a pool that keeps nothing.
 */
#ifndef PENSTOCK_BASE_BUFFERS_H
#define PENSTOCK_BASE_BUFFERS_H

#include "base/bytes.h"

struct buffers; /* opaque */

/* Keeps up to `ceiling` bytes. */
struct status buffers_create(size_t ceiling, struct buffers **ret_buffers) MUST_USE;
/* Frees what it keeps; buffers that are out are their owners'. */
void buffers_destroy(struct buffers *buffers);

/* As bytes_reserve; bytes that have no memory yet get a kept buffer, if one fits. */
struct status buffers_reserve(struct buffers *buffers, struct bytes *bytes, size_t more) MUST_USE;

/* As bytes_free, with the memory kept for the next who reserves. */
void buffers_give(struct buffers *buffers, struct bytes *bytes);

/* Frees what was not needed since the last call. To be called from time to time. */
void buffers_tidy(struct buffers *buffers);

/* Bytes kept now. */
size_t buffers_kept(struct buffers *buffers);

#endif
