/* Where a worker's lines go: the sink that the settings choose. */
#ifndef PENSTOCK_WORKER_DESTINATION_H
#define PENSTOCK_WORKER_DESTINATION_H

#include "sink/sink.h"
#include "worker/access.h"
#include "worker/places.h"

/* All borrowed, and outlive the sink. */
struct destination_parts {
    const struct settings *settings;
    const struct access *access;
    const struct places *places;
    const char *table;
    const char *worker_id;
    const struct clock *clock;
    struct stop *stop; /* ends calls to AWS while opening */
};

/* Failures name the setting. */
struct status destination_open(const struct destination_parts *parts, struct sink **ret_sink) MUST_USE;

/* For logs and people: the delivery stream, the data stream, the folder, "standard output". */
const char *destination_name(const struct settings *settings);

/* A failure of the local disk or descriptor, with the setting that named the place; never "not found", which is
 * said of AWS. */
struct status destination_local_failure(struct status cause, const char *setting) MUST_USE;

#endif
