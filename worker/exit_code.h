/* What the process tells the shell. The words for help and the man page stand in worker/exit_code.c. */
#ifndef PENSTOCK_WORKER_EXIT_CODE_H
#define PENSTOCK_WORKER_EXIT_CODE_H

#include <stddef.h>

#include "base/status.h"

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILURE = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_NOT_FOUND = 3,
    EXIT_CODE_CONDITION = 4,
    EXIT_CODE_UNDELIVERED = 5,
    EXIT_CODE_UNHEALTHY = 5, /* of checks */
    EXIT_CODE_SIGNAL = 128, /* and the signal's number */
};

struct exit_meaning {
    const char *code;
    const char *meaning;
};

/* Ends with a NULL code. */
const struct exit_meaning *exit_meanings(void);

/* The code for a start or command that failed: EXIT_CODE_NOT_FOUND for a thing in AWS that does not exist,
 * EXIT_CODE_CONDITION for a conditional write that lost, else EXIT_CODE_FAILURE; EXIT_CODE_OK for a start that was
 * stopped by a signal. */
int exit_code_of(const struct status *status);

#endif
