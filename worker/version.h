/* `penstock version`: which penstock on which libraries. */
#ifndef PENSTOCK_WORKER_VERSION_H
#define PENSTOCK_WORKER_VERSION_H

#include <stdio.h>

void version_print_text(FILE *out);

/* {"version":"0.1.0","compiler":"...","libraries":{"libcurl":"7.88.1",...}} */
void version_print_json(FILE *out);

#endif
