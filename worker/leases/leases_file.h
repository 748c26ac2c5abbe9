/* Lease rows in a file: what `leases export` prints and `leases rewind` writes before it changes anything.
 *
 * JSON Lines. The first is {"format":"penstock-leases-1","app":...,"region":...,"at":...}, each other one is a row in
 * DynamoDB's typed JSON. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_FILE_H
#define PENSTOCK_WORKER_LEASES_LEASES_FILE_H

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* The same as one JSON document: its head up to the list of rows; then each row with what stands before it ("," for all
 * but the first); then its end. */
struct status leases_file_write_document_head(FILE *out, const char *app, const char *region, int64_t wall_ms)
    MUST_USE;
struct status leases_file_write_document_row(FILE *out, const cJSON *item, bool first) MUST_USE;
struct status leases_file_write_document_end(FILE *out) MUST_USE;

/* STATUS_NO_MEMORY, STATUS_IO: the stream refused it. */
struct status leases_file_write_head(FILE *out, const char *app, const char *region, int64_t wall_ms)
    MUST_USE;
struct status leases_file_write_row(FILE *out, const cJSON *item) MUST_USE;

/* Reads such a file: `take` gets each row, owned. STATUS_INVALID: no such file of lease rows, or of another table than
 * `app`, with the line; STATUS_TOO_LARGE: a line over 4 MiB; STATUS_NOT_FOUND, STATUS_DENIED, STATUS_IO: it cannot be
 * read. What was taken before a failure stays taken. */
struct status leases_file_read(const char *path, const char *app,
                               struct status (*take)(void *context, cJSON *item), void *context) MUST_USE;

#endif
