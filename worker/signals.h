/* Signals of `penstock run`. One thread reads them from a descriptor, so no code runs inside a handler.
 *
 * The first SIGTERM or SIGINT requests the stop; the second ends the process at once with 128 + its number. A
 * stop that takes longer than the stop timeout ends it with EXIT_CODE_UNDELIVERED; before signals_set_started
 * nothing is held that would have to be given back, so there the process ends after a second, with
 * EXIT_CODE_OK. SIGPIPE and SIGXFSZ (a file-size limit) are ignored: the writes fail instead. */
#ifndef PENSTOCK_WORKER_SIGNALS_H
#define PENSTOCK_WORKER_SIGNALS_H

#include "base/clock.h"
#include "base/thread.h"

struct signals; /* opaque */

/* Blocks the signals in the calling thread and so in all that it starts: main thread, before any other.
 * `stop` is borrowed and gets requested by the first signal. */
struct status signals_start(struct stop *stop, int64_t stop_timeout_ms, const struct clock *clock,
                            struct signals **ret_signals) MUST_USE;

/* From now on a stop has the whole stop timeout. Any thread. */
void signals_set_started(struct signals *signals);

/* When a started process has to have ended: the first signal's moment plus the stop timeout; INT64_MAX before
 * it. Any thread. */
int64_t signals_deadline_boot_ms(struct signals *signals);

/* Joins the thread; signals stay blocked. NULL is fine. */
void signals_destroy(struct signals *signals);

#endif
