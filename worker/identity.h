/* Who this worker is: a name that people know and a part made anew at each start. */
#ifndef PENSTOCK_WORKER_IDENTITY_H
#define PENSTOCK_WORKER_IDENTITY_H

#include "aws/environment.h"
#include "aws/http.h"
#include "lease/keeper.h"

/* `configured` (--worker-id) or NULL; else the last part of the TaskARN that
 * ${ECS_CONTAINER_METADATA_URI_V4}/task tells within a second
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html), else the
 * host's name.
 * "-" and eight random hexadecimal digits follow, always: two processes of one name are never taken for one
 * owner. */
void identity_make(const char *configured, const struct environment *environment,
                   struct http_transport *transport, struct stop *cancel,
                   char ret_worker_id[LEASE_OWNER_BYTES]);

/* The task's id in ECS's answer; false when there is none. Pure. */
bool identity_parse_task(struct slice answer, char *ret_task, size_t size) MUST_USE;

/* Joins name and random part; letters that a lease or a log should not carry become '-'; a long name is cut.
 * Pure. */
void identity_join(const char *name, const char *random_part, char ret_worker_id[LEASE_OWNER_BYTES]);

#endif
