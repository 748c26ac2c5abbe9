/* What the process asks of the system before anything else. */
#ifndef PENSTOCK_WORKER_PROCESS_H
#define PENSTOCK_WORKER_PROCESS_H

#include "base/status.h"

/* No core dumps and no ptrace by other processes of the user (credentials are in memory), as many descriptors
 * as the hard limit gives, few malloc arenas (a thread a shard would otherwise spread memory over many). What
 * the system refuses is left as it is. Main thread, before any other. */
void process_prepare(void);

#endif
