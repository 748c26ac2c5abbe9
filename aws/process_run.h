/* Runs a program and takes what it writes, without a shell. */
#ifndef PENSTOCK_AWS_PROCESS_RUN_H
#define PENSTOCK_AWS_PROCESS_RUN_H

#include "base/bytes.h"
#include "base/clock.h"
#include "base/thread.h"

struct process_options {
    char *const *words; /* the program (looked up in PATH) and its arguments, then NULL */
    int64_t timeout_ms;
    const struct clock *clock;
    struct stop *cancel;
};

/* Appends standard output to `output`, up to its ceiling, and waits for exit code 0. Standard input and
 * standard error are /dev/null: what the program has to say may hold secrets. It inherits the environment,
 * no other descriptor, and no blocked signal; it leads a process group of its own, which is killed whole when
 * it is too slow, writes too much, or a stop is requested. STATUS_NOT_FOUND and STATUS_DENIED: it could not
 * be started; STATUS_UNAVAILABLE: its exit code or signal is named; STATUS_TIMEOUT, STATUS_TOO_LARGE,
 * STATUS_STOPPED (within 200 ms). */
struct status process_run(const struct process_options *options, struct bytes *output) MUST_USE;

#endif
