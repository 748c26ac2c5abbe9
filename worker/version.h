/* `penstock version`. */
#ifndef PENSTOCK_WORKER_VERSION_H
#define PENSTOCK_WORKER_VERSION_H

#include "worker/commands.h"

struct version_request {
    bool json;
};

extern const struct option_table *const version_options[];

/* "penstock 0.1.0"; or one JSON object with the versions of the libraries in use. */
int version_run(const struct command_line *line);

#endif
