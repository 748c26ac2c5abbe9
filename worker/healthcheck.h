/* `penstock healthcheck`: asks a worker's admin server, for container platforms that run a command. */
#ifndef PENSTOCK_WORKER_HEALTHCHECK_H
#define PENSTOCK_WORKER_HEALTHCHECK_H

#include "worker/commands.h"

struct healthcheck_request {
    char *admin;
    bool ready;
};

#define HEALTHCHECK_DESCRIPTION                                                                              \
    "Asks the admin server of a worker on this machine whether its loops turn (/healthz), or with --ready "  \
    "whether "                                                                                               \
    "an operator need look (/readyz), and tells by the exit code: 0 yes, 1 no or no answer within 4 s. It "  \
    "is what a "                                                                                             \
    "container's health check runs: [\"CMD\", \"/usr/bin/penstock\", \"healthcheck\"]. The outage of an "    \
    "AWS service "                                                                                           \
    "does not make a worker unhealthy."

extern const struct option_table *const healthcheck_options[];

int healthcheck_run(const struct command_line *line);

#endif
