/* The letters of a place, one after the other. */
#ifndef PENSTOCK_WORKER_LETTERS_LETTERS_READ_H
#define PENSTOCK_WORKER_LETTERS_LETTERS_READ_H

#include "sink/dead_letter_place.h"
#include "worker/access.h"
#include "worker/letters/letters_commands.h"

/* Zeroed memory is a valid closed one. */
struct letters_access {
    struct dead_letter_place place;
    struct access access; /* closed for a folder */
};

/* STATUS_INVALID for a place that is missing, wrong or cannot be listed. `request->firehose` gets a client, too. */
struct status letters_open(const struct letters_request *request, struct letters_access *ret_access) MUST_USE;
void letters_close(struct letters_access *access);

/* Gets a letter's name ("TABLE/SHARD/SEQ.json" below the prefix; "FILE:LINE" in a folder) and text; both borrowed. A
 * failure ends the visit. */
struct letters_visit {
    struct status (*visit)(void *context, const char *name, struct slice text) MUST_USE;
    void *context;
};

/* Those named by request->letters, in the order of the place, or all without any. STATUS_NOT_FOUND: one that is named
 * is not there. */
struct status letters_read(const struct letters_access *access, const struct letters_request *request,
                           const struct letters_visit *visit) MUST_USE;

#endif
