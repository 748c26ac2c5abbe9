/* What the process asks of the system before anything else. */
#ifndef PENSTOCK_WORKER_PROCESS_H
#define PENSTOCK_WORKER_PROCESS_H

#include "base/status.h"

/* Of `run`, before all else: starts the program once more in its place, with the environment that keeps glibc from
 * holding freed memory for each thread, some 30 KiB a shard. Returns in the second start, or in the first when
 * somebody has set GLIBC_TUNABLES or the system does not let it. Main thread, before any other. */
void process_restart(char *const *arguments);

/* No core dumps and no ptrace by other processes of the user (credentials are in memory), as many descriptors
 * as the hard limit gives, one malloc arena (a thread a shard would otherwise spread memory over many). What
 * the system refuses is left as it is. Main thread, before any other. */
void process_prepare(void);

#endif
