/* `penstock run`: from checked settings to the exit code. */
#ifndef PENSTOCK_WORKER_RUN_H
#define PENSTOCK_WORKER_RUN_H

#include "worker/settings.h"

/* Sets the process up, starts the worker, runs it until a signal and stops it in order. A failing start
 * prints one line "penstock: error: ..." on standard error. Main thread, once a process, before any other
 * thread exists. */
int run_worker(const struct settings *settings);

#endif
